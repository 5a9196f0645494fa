using System.Buffers.Binary;
using System.Text;
using System.Xml.Linq;
using Graft.Vision.Samples;

namespace Graft.Cli.Tests.Packages;

/// <summary>The packages as who finds, installs and uses them has them.</summary>
public sealed class PackageTests(PackedProject packed) : IClassFixture<PackedProject>
{
    private const long Megabyte = 1_000_000;

    [Fact]
    public void EachSaysWhatItIsAndWhereItComesFrom()
    {
        HashSet<string> descriptions = [];
        foreach (string package in All)
        {
            XElement metadata = packed.Metadata(package);
            Assert.Equal("Apache-2.0", Field(metadata, "license"));
            Assert.Equal("The Graft authors", Field(metadata, "authors"));
            Assert.InRange(Field(metadata, "description").Length, 60, 400);
            descriptions.Add(Field(metadata, "description"));
            Assert.InRange(Field(metadata, "tags").Split(' ').Length, 5, 25);
            Assert.Contains("transfer-learning", Field(metadata, "tags").Split(' '));

            XElement repository = Assert.Single(metadata.Elements(), element => element.Name.LocalName == "repository");
            Assert.Equal("git", repository.Attribute("type")?.Value);
            Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")?.Value);
            if (PublicRemote() is { } remote) Assert.Equal(remote, repository.Attribute("url")?.Value);

            string readme = Encoding.UTF8.GetString(packed.Read(package, Field(metadata, "readme")));
            Assert.StartsWith("# ", readme);
            Assert.InRange(readme.Length, 300, 5000);
            byte[] icon = packed.Read(package, Field(metadata, "icon"));
            Assert.Equal("PNG"u8, icon.AsSpan(1, 3));
            Assert.Equal((128, 128), (BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20))));
        }

        // The tool's packages share theirs.
        Assert.Equal(PackedProject.Libraries.Length + 1, descriptions.Count);
    }

    [Fact]
    public void EachIsSmall()
    {
        Assert.InRange(Size("Graft"), 1, 6_200_000);
        Assert.All(PackedProject.Libraries.Where(library => library != "Graft"), library => Assert.InRange(Size(library), 1, Megabyte));
        Assert.InRange(Size("Graft.Cli"), 1, 50_000);
        Assert.All(PackedProject.Platforms, platform => Assert.InRange(Size($"Graft.Cli.{platform}"), 1, 25 * Megabyte));
    }

    [Fact]
    public void EachLibraryHasItsSymbolsBesideIt() => Assert.All(PackedProject.Libraries, library =>
    {
        string assembly = library == "Graft" ? "Graft.Core" : library;
        string[] files = packed.FilesOf(library);
        Assert.Contains($"lib/net10.0/{assembly}.dll", files);
        Assert.Contains($"lib/net10.0/{assembly}.xml", files);
        Assert.Equal([$"lib/net10.0/{assembly}.pdb"], packed.FilesOf(library, "snupkg").Where(file => file.StartsWith("lib/", StringComparison.Ordinal)));
    });

    [Fact]
    public void ThePackageOfAPlatformHasItsNativeLibrariesAloneAndNoneOfTheirSymbols()
    {
        Assert.SkipUnless(PackedProject.Platforms.Contains("linux-x64"), "The other platform's libraries have other names.");
        Assert.Equal(["libHarfBuzzSharp.so", "libSkiaSharp.so", "libe_sqlite3.so"], Others("linux-x64"));
        Assert.Equal([], Others("win-x64"));
        Assert.Contains("tools/net10.0/win-x64/libSkiaSharp.dll", packed.FilesOf("Graft.Cli.win-x64"));

        // The host that starts a program looks for everything that this file names.
        string named = Encoding.UTF8.GetString(packed.Read("Graft.Cli.win-x64", "tools/net10.0/win-x64/graft.deps.json"));
        Assert.Contains("libSkiaSharp.dll", named);
        Assert.DoesNotContain(".pdb", named);

        // Neither managed code, nor its symbols, nor settings and fonts.
        string[] Others(string platform)
        {
            string folder = $"tools/net10.0/{platform}/";
            string[] ours = ["Graft.Core.pdb", "Graft.Keras.pdb", "Graft.Lite.pdb", "Graft.Onnx.pdb", "Graft.Reports.pdb", "Graft.Runs.pdb", "Graft.Vision.pdb", "graft.pdb", "graft.deps.json", "graft.runtimeconfig.json", "DotnetToolSettings.xml"];
            return [.. packed.FilesOf($"Graft.Cli.{platform}").Where(file => file.StartsWith(folder, StringComparison.Ordinal)).Select(file => file[folder.Length..])
                .Where(file => !file.EndsWith(".dll", StringComparison.Ordinal) && !file.StartsWith("Fonts/", StringComparison.Ordinal)).Except(ours).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task TheToolIsInstalledFromItsPackagesAndTrains()
    {
        Assert.SkipUnless(packed.Missing is null, packed.Missing ?? "");
        string folder = await packed.NewConsumerFolder("installs"), tools = Path.Combine(folder, "tools"), name = OperatingSystem.IsWindows() ? "graft.exe" : "graft";
        await Sdk.Require(folder, "tool", "install", "Graft.Cli", "--tool-path", tools, "--version", Version);
        Assert.StartsWith(Version, (await Run("--version")).Output);

        await Run("sample", "flowers", "--images", "10", "--held-out", "2", "--size", "64", "--out", "flowers");
        await Run("train", "flowers", "--mode", "readout", "--resolution", "64", "--out", "flowers.graft");
        Assert.True(File.Exists(Path.Combine(folder, "flowers.graft")));

        async Task<Outcome> Run(params string[] arguments)
        {
            Outcome outcome = await Sdk.RunProgram(Path.Combine(tools, name), folder, arguments);
            Assert.True(outcome.ExitCode == 0, outcome.Error);
            return outcome;
        }
    }

    [Fact]
    public async Task AProgramCompiledAheadOfTimeIsToldOnceForWhichProcessorsToBe()
    {
        Assert.SkipUnless(packed.Missing is null, packed.Missing ?? "");
        string folder = await packed.NewConsumerFolder("compiles");
        // The package comes through another one.
        File.WriteAllText(Path.Combine(folder, "Shop.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Graft.Vision" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        await Sdk.Require(folder, "restore");

        string warned = await Said("-p:PublishAot=true");
        Assert.Contains("Shop.csproj : warning GRAFT001: PublishAot without IlcInstructionSet compiles Graft for vectors of 128 bits alone, which makes it several times slower. "
            + "Add to a PropertyGroup of Shop.csproj: <IlcInstructionSet>x86-64-v3</IlcInstructionSet> for any processor with AVX2, "
            + "or <IlcInstructionSet>native</IlcInstructionSet> for processors such as this machine's. To keep it as it is: <NoWarn>$(NoWarn);GRAFT001</NoWarn>.", warned);
        Assert.Equal(1, warned.Split("GRAFT001:").Length - 1);

        Assert.DoesNotContain("GRAFT001", await Said());
        Assert.DoesNotContain("GRAFT001", await Said("-p:PublishAot=true", "-p:IlcInstructionSet=x86-64-v3"));
        Assert.DoesNotContain("GRAFT001", await Said("-p:PublishAot=true", "-p:NoWarn=GRAFT001"));
        Assert.DoesNotContain("GRAFT001", await Said("-p:PublishAot=true", "-p:RuntimeIdentifier=linux-arm64"));

        // What a build and a publish begin with: the rest of them would want the compiler.
        async Task<string> Said(params string[] properties) =>
            (await Sdk.Require(folder, ["msbuild", "-nologo", "-t:PrepareForBuild;GraftCheckInstructionSet", "-p:RuntimeIdentifier=linux-x64", .. properties])).Output;
    }

    /// <summary>A new console program of the lines that the package's README shows, on the packages.</summary>
    [Fact]
    public async Task TheLinesOfTheReadmeAreAProgram()
    {
        Assert.SkipUnless(packed.Missing is null, packed.Missing ?? "");
        string folder = await packed.NewConsumerFolder("program"), readme = File.ReadAllText(Path.Combine(Repository.Root, "src", "Graft.Vision", "README.md"));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), readme.Split("```csharp")[1].Split("```")[0]);
        File.WriteAllText(Path.Combine(folder, "Shop.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Graft.Vision" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        SampleFlowers.Write(Path.Combine(folder, "flowers"), new SampleFlowerOptions { ImagesPerClass = 10, Size = 64, Seed = 2 }, cancellation: TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(folder, "flowers", "rose", "rose-0001.jpg"), Path.Combine(folder, "rose.jpg"));
        await Sdk.Require(folder, "build", "--output", "out");
        Outcome outcome = await Sdk.RunProgram("dotnet", folder, Path.Combine("out", "Shop.dll"));
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Matches(@"^top-1 [\d.]+ % of 10 held-out images, learned from 40(; the readout was kept, for fine-tuning was no better)?\r?\nrose \(\d+\s?%\)\s*$", outcome.Output);
    }

    private static IEnumerable<string> All => [.. PackedProject.Libraries, "Graft.Cli", .. PackedProject.Platforms.Select(platform => $"Graft.Cli.{platform}")];

    private string Version => Field(packed.Metadata("Graft"), "version");

    private long Size(string package) => new FileInfo(packed.FileOf(package)).Length;

    private static string Field(XElement metadata, string name) => Assert.Single(metadata.Elements(), element => element.Name.LocalName == name).Value;

    /// <summary>The address that git's configuration gives for "origin", where it is one for others.</summary>
    private static string? PublicRemote()
    {
        string file = Path.Combine(Repository.Root, ".git", "config");
        string? url = File.Exists(file) ? File.ReadLines(file).SkipWhile(line => line.Trim() != "[remote \"origin\"]").Select(line => line.Trim().Split(" = ")).FirstOrDefault(pair => pair[0] == "url")?[1] : null;
        return url is not null && url.StartsWith("https://", StringComparison.Ordinal) && !url.Contains('@') ? url : null;
    }
}
