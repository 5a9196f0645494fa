using System.Text.RegularExpressions;
using Graft.Onnx.Reading;

namespace Graft.Onnx.Tests.Reading;

public partial class DocumentTests
{
    /// <summary>What the page on importing says is read is what is read.</summary>
    [Fact]
    public void TheListOfOperatorsIsWhole()
    {
        IEnumerable<string> rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "importing.md")).SkipWhile(line => !line.StartsWith("| operators |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'));
        Assert.Equal(NodeReader.Known.Order(StringComparer.Ordinal), rows.SelectMany(row => Quoted().Matches(row.Split('|')[1]).Select(match => match.Groups[1].Value)).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
