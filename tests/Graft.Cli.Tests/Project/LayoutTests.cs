using System.Reflection;
using System.Text.RegularExpressions;

namespace Graft.Cli.Tests.Project;

/// <summary>What the documents say of the project is true.</summary>
public partial class LayoutTests
{
    [Fact]
    public void TheReadmeShowsEveryFolderOfTheSourceAndNoOther()
    {
        string tree = Tree().Match(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Groups[1].Value;
        SortedSet<string> documented = new(StringComparer.Ordinal);
        List<string> parents = [];
        foreach (string line in tree.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = line.Trim().Split(' ')[0];
            if (!name.EndsWith('/')) continue;
            int depth = (line.Length - line.TrimStart().Length) / 2;
            parents.RemoveRange(depth, parents.Count - depth);
            parents.Add(name.TrimEnd('/'));
            documented.Add(string.Join('/', parents));
        }

        SortedSet<string> existing = new(Folders("src", 2).Concat(Folders("tests", 1)).Concat(["bench", "samples", "packaging", "studies", "docs"]), StringComparer.Ordinal);
        Assert.Equal(existing, new SortedSet<string>(documented.Where(d => d != "src" && d != "tests"), StringComparer.Ordinal));
        Assert.All(documented, folder => Assert.True(Directory.Exists(Path.Combine(Repository.Root, folder)), folder));
    }

    [Fact]
    public void LinksOfTheDocumentsLeadToFiles()
    {
        string[] documents = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories), .. Directory.EnumerateFiles(Repository.Root, "*.md")];
        foreach (string document in documents)
        {
            string text = File.ReadAllText(document), folder = Path.GetDirectoryName(document)!;
            IEnumerable<string> linked = Link().Matches(text).Select(link => Path.Combine(folder, link.Groups[1].Value));
            IEnumerable<string> named = SourceFile().Matches(text).Select(file => Path.Combine(Repository.Root, file.Groups[1].Value));
            Assert.All(linked.Concat(named), path => Assert.True(Path.Exists(path), $"{document}: {path}"));
        }
    }

    [Fact]
    public void DependenciesPointOneWay()
    {
        Assert.Empty(References("Graft.Core"));
        Assert.Equal(["ADRaffy.ENSNormalize", "BitMiracle.LibTiff.NET", "Graft.Core", "SkiaSharp"], References("Graft.Vision"));
        Assert.All(References("Graft.Hosting"), name => Assert.True(name is "Graft.Core" or "Graft.Vision" || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal), name));
        Assert.Equal(["Graft.Core"], References("Graft.Keras"));
        Assert.Equal(["Google.FlatBuffers", "Graft.Core"], References("Graft.Lite"));
        Assert.Equal(["Google.Protobuf", "Graft.Core"], References("Graft.Onnx"));
        Assert.Equal(["Graft.Core", "Graft.Vision"], References("Graft.Reports"));
        Assert.Equal(["Google.Protobuf", "Graft.Core", "Microsoft.Data.Sqlite"], References("Graft.Runs"));
        Assert.Equal(["Graft.Core", "Graft.Keras", "Graft.Lite", "Graft.Onnx", "Graft.Reports", "Graft.Runs", "Graft.Vision", "Parquet", "ScottPlot", "SkiaSharp", "Spectre.Console", "Spectre.Console.Ansi", "System.CommandLine"], References("graft"));
    }

    /// <summary>The assemblies beyond the .NET libraries that an assembly refers to.</summary>
    private static IEnumerable<string> References(string assembly) => Assembly.Load(assembly).GetReferencedAssemblies()
        .Select(a => a.Name!)
        .Where(name => (!name.StartsWith("System.", StringComparison.Ordinal) || name == "System.CommandLine") && name is not ("netstandard" or "mscorlib"))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Folders(string root, int depth) => Directory.EnumerateDirectories(Path.Combine(Repository.Root, root))
        .Where(folder => Path.GetFileName(folder) is not ("bin" or "obj"))
        .SelectMany(folder =>
        {
            string path = $"{root}/{Path.GetFileName(folder)}";
            return depth == 1 ? [path] : Folders(path, depth - 1).Prepend(path);
        });

    // Neither addresses nor places within the document.
    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)#\s]+)")]
    private static partial Regex Link();

    [GeneratedRegex("`((?:src|tests)/[A-Za-z0-9_./]+\\.cs)`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"```tree\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Tree();
}
