using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace Graft.Cli.Tests.Packages;

/// <summary>Packs each project of src/ that is published, the tool for two platforms: this one, and the one with the largest native libraries; once for all tests of packages.</summary>
public sealed class PackedProject : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Those with a package of their own.</summary>
    public static string[] Libraries { get; } = [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(folder => Path.GetFileName(folder)!).Where(name => name is not ("Graft.Cli" or "Graft.Generators")).Order(StringComparer.Ordinal)];

    /// <summary>The platform of this machine, and one with debug symbols beside its native libraries.</summary>
    public static string[] Platforms { get; } = [.. new[] { Platform(), "win-x64" }.Distinct()];

    /// <summary>Where the packages are.</summary>
    public string Feed => _folder["feed"];

    /// <summary>Why there are none, or null.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (await Sdk.Version() is null)
        {
            Missing = "There is no .NET SDK to pack with.";
            return;
        }

        // What the solution's build made is packed; only the tool is built again for a platform, without looking into it once more.
        string[] packed = ["--no-build", "--configuration", Repository.Configuration, "--output", Feed];
        foreach (string library in Libraries) await Sdk.Require(Repository.Root, ["pack", Project(library), .. packed]);
        foreach (string platform in Platforms)
        {
            await Sdk.Require(Repository.Root, "build", Project("Graft.Cli"), "--no-restore", "--configuration", Repository.Configuration, "--runtime", platform, "-p:BuildProjectReferences=false", "-p:RunAnalyzers=false");
        }

        await Sdk.Require(Repository.Root, ["pack", Project("Graft.Cli"), .. packed, $"-p:ToolPackageRuntimeIdentifiers=\"{string.Join(';', Platforms)}\""]);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The file of a package; skips the test where there are none.</summary>
    public string FileOf(string package, string extension = "nupkg")
    {
        Assert.SkipUnless(Missing is null, Missing ?? "");
        return Assert.Single(Directory.GetFiles(Feed, $"{package}.*.{extension}"), file => char.IsAsciiDigit(Path.GetFileName(file)[package.Length + 1]));
    }

    /// <summary>The files in a package, with their paths there.</summary>
    public string[] FilesOf(string package, string extension = "nupkg")
    {
        using ZipArchive archive = ZipFile.OpenRead(FileOf(package, extension));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    public byte[] Read(string package, string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(FileOf(package));
        using Stream entry = Assert.Single(archive.Entries, entry => entry.FullName == path).Open();
        using MemoryStream content = new();
        entry.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>What a package says of itself.</summary>
    public XElement Metadata(string package)
    {
        using MemoryStream nuspec = new(Read(package, $"{package}.nuspec"));
        return Assert.Single(XDocument.Load(nuspec).Root!.Elements());
    }

    /// <summary>An empty folder in which 'dotnet restore' knows these packages, what this checkout restored, and nothing else.</summary>
    public async Task<string> NewConsumerFolder(string name)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName, restored = await Sdk.PackageFolder();
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder[name, "packages"]}" /></config>
              <packageSources><clear /><add key="packed" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="restored" value="{restored}" /></fallbackPackageFolders>
            </configuration>
            """);
        return folder;
    }

    private static string Project(string name) => Path.Combine("src", name);

    private static string Platform()
    {
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : RuntimeInformation.RuntimeIdentifier.Contains("musl") || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine", StringComparison.Ordinal) ? "linux-musl" : "linux";
        return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
    }
}
