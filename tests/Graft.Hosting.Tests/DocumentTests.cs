using System.Text.RegularExpressions;

namespace Graft.Hosting.Tests;

/// <summary>The document's code is code that is compiled.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void TheCodeOfTheDocumentIsTheSamples()
    {
        string sample = Read("samples/ClassifyApi/Program.cs"), document = Read("docs/hosting.md");
        string[] blocks = [.. Block().Matches(document).Select(block => block.Groups[1].Value)];
        Assert.Equal(2, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(block, sample));
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
