using System.Text.RegularExpressions;

namespace Graft.Cli.Tests.Samples;

/// <summary>The C# in README.md, docs/ and the packages' READMEs is that of samples/, which is compiled and run.</summary>
public sealed partial class SnippetTests
{
    public static TheoryData<string> Pages =>
    [
        .. new[] { "README.md" }
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "README.md", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
            .Select(file => Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, file)).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    private static string[][] Programs { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0).ToArray()),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void ExamplesAreThoseThatAreCompiled(string page)
    {
        foreach (Match block in Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))))
        {
            string[] lines = [.. block.Groups[1].Value.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
            string[] usings = [.. lines.TakeWhile(line => Directive().IsMatch(line))], code = lines[usings.Length..];
            Assert.True(Array.Exists(Programs, program => usings.All(program.Contains) && Has(program, code)), $"{page} has an example that no program in samples/ has:\n{block.Groups[1].Value}");
        }
    }

    /// <summary>What README shows takes at most ten lines and two usings.</summary>
    [Fact]
    public void ExamplesOfTheReadmeAreShort()
    {
        MatchCollection blocks = Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md")));
        Assert.Equal(4, blocks.Count);
        Assert.All(blocks, block =>
        {
            string[] lines = [.. block.Groups[1].Value.Split('\n').Where(line => line.Trim().Length > 0)];
            Assert.InRange(lines.Count(line => Directive().IsMatch(line)), 0, 2);
            Assert.InRange(lines.Length, 1, 10);
        });
    }

    private static bool Has(string[] program, string[] code) =>
        Enumerable.Range(0, Math.Max(0, program.Length - code.Length + 1)).Any(start => program.AsSpan(start, code.Length).SequenceEqual(code));

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex Directive();
}
