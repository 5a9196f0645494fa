using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Graft.Cli.Tests.Terminals;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;

namespace Graft.Cli.Tests.Commands;

/// <summary>Models of the hub on the command line; the hub is a server on this machine.</summary>
public sealed class HubTests : IAsyncDisposable
{
    private const string Name = "timm/mobilenetv1_025.my_in1k";
    private const string Config = """{"architecture": "mobilenetv1_025", "num_classes": 3, "label_names": ["a", "b", "c"], "pretrained_cfg": {"tag": "my_in1k", "input_size": [3, 96, 96], "crop_pct": 0.75, "interpolation": "bilinear", "license": "mit"}}""";

    private static readonly string Commit = HubServer.Commit(0xfeed);

    private readonly TemporaryFolder folder = new();
    private readonly HubServer server = new();
    private readonly string etag;

    public HubTests()
    {
        using MemoryStream stream = new();
        Safetensors.Write(stream, Network.Random(Architectures.Get("mobilenetv1_025").Trunk().WithHead(3), 1).Weights);
        etag = HubServer.Sha256(stream.ToArray());
        server.PutModel(Name, Commit, Config, stream.ToArray());
    }

    private string Home => folder["home"];

    private IEnumerable<HubRequest> Downloads => server.Requests.Where(request => request.IsCdn);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task AModelOfTheHubIsInspectedAndImportedFromOneDownload()
    {
        Outcome inspected = await Run("inspect", Name, "--json");
        Assert.Equal((0, ""), (inspected.ExitCode, inspected.Error));
        JsonElement json = inspected.Json, images = json.GetProperty("preprocessing"), provenance = json.GetProperty("provenance");
        Assert.Equal(("mobilenetv1_025", 96, 0.75, "bilinear"), (json.GetProperty("architecture").GetString(), images.GetProperty("resolution").GetInt32(), images.GetProperty("crop_fraction").GetDouble(), images.GetProperty("interpolation").GetString()));
        Assert.Equal(["a", "b", "c"], json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()));
        Assert.Equal((Name, Commit, "mit"), (provenance.GetProperty("source").GetString(), provenance.GetProperty("revision").GetString(), provenance.GetProperty("license").GetString()));

        Outcome imported = await Run("import", $"{Name}@{Commit}", "--out", folder["x.graft"]);
        Assert.Equal(0, imported.ExitCode);
        Assert.Contains($"Wrote {folder["x.graft"]}: mobilenetv1_025, 3 classes.", imported.Error);
        Assert.DoesNotContain("does not say how images are prepared", imported.Error);
        Model model = Model.Load(folder["x.graft"]);
        Assert.Equal((96, 0.75, Name), (model.Preprocessing.Resolution, model.Preprocessing.CropFraction, model.Provenance["source"]));
        Assert.Single(Downloads);
    }

    [Fact]
    public async Task TwoProcessesDownloadItOnce()
    {
        server.Instead = (request, usual) => request.IsCdn ? usual with { Delay = TimeSpan.FromSeconds(1) } : null;
        Outcome[] both = await Task.WhenAll(Run("inspect", Name, "--json"), Run("inspect", $"hf-hub:{Name}", "--json"));
        Assert.All(both, run => Assert.Equal(0, run.ExitCode));
        Assert.Equal(both[0].Output, both[1].Output);
        Assert.Single(Downloads);
    }

    [Fact]
    public async Task TheExitCodeTellsWhatIsToBeMended()
    {
        Outcome missing = await Run("inspect", "timm/nothing.in1k"), unknown = await Run("inspect", $"{Name}@v9");
        Assert.Equal(3, missing.ExitCode);
        Assert.StartsWith("error: There is no model 'timm/nothing.in1k' at 127.0.0.1", missing.Error);
        Assert.Equal(3, unknown.ExitCode);
        Assert.StartsWith($"error: {Name} has no revision 'v9'", unknown.Error);
        Outcome nowhere = await Run(["inspect", Name], Closed());
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains($"error: No connection to 127.0.0.1 for {Name} (", nowhere.Error);
    }

    [Theory]
    [InlineData("mobilenetv2_100.ra_in1k", "There is no file 'mobilenetv2_100.ra_in1k'. Did you mean 'timm/mobilenetv2_100.ra_in1k', which is one of the hub?")]
    [InlineData("someone/net", "There is no file 'someone/net'. If a model of Hugging Face's hub is meant, write hf-hub:someone/net.")]
    [InlineData("models/my.graft", "There is no file 'models/my.graft'.")]
    [InlineData("timm/a b", "'timm/a b' is no name of a model of the hub. Such a name is OWNER/NAME")]
    [InlineData("hf-hub:net", "'hf-hub:net' is no name of a model of the hub")]
    public async Task WhatIsNoNameOfTheHubIsTold(string name, string expected)
    {
        foreach (string[] arguments in (string[][])[["inspect", name], ["import", name, "--out", folder["x.graft"]]])
        {
            Outcome run = await Tool.Run(arguments);
            Assert.Equal(3, run.ExitCode);
            Assert.StartsWith($"error: {expected}", run.Error);
            if (expected[^1] == '.') Assert.Equal($"error: {expected}\n", run.Error);
        }
    }

    [Fact]
    public async Task AModelThatIsListedHasItsFacts()
    {
        Outcome json = await Tool.Run("models", "timm/mobilenetv2_100.ra_in1k", "--json"), text = await Tool.Run("models", "timm/mobilenetv2_100.ra_in1k");
        Assert.Equal((0, 0), (json.ExitCode, text.ExitCode));
        Assert.Equal(("mobilenetv2_100", 3_504_872, 0.7291, "Apache-2.0", JsonValueKind.Null), (
            json.Json.GetProperty("architecture").GetString(), json.Json.GetProperty("parameters").GetInt32(), json.Json.GetProperty("top1").GetDouble(), json.Json.GetProperty("license").GetString(), json.Json.GetProperty("cached").ValueKind));
        Assert.Contains("ImageNet top-1  72.9 %, as timm measured it\n", text.Output);
        Assert.Contains("cache           not there: it is downloaded when it is named\n", text.Output);
    }

    [Fact]
    public async Task TheListSaysWhatIsInTheCache()
    {
        string snapshot = Path.Combine(Home, "hub", "models--timm--resnet18.a1_in1k", "snapshots", Commit);
        folder.Write(Path.Combine(Home, "hub", "models--timm--resnet18.a1_in1k", "refs", "main"), System.Text.Encoding.ASCII.GetBytes(Commit));
        folder.Write(Path.Combine(snapshot, "config.json"), "{}"u8);
        string weights = folder.Write(Path.Combine(snapshot, "model.safetensors"), [1]);
        JsonElement[] hub = [.. (await Run("models", "--json")).Json.GetProperty("hub").EnumerateArray()];
        Assert.Equal([("timm/resnet18.a1_in1k", weights)], hub.Where(row => row.GetProperty("cached").ValueKind == JsonValueKind.String).Select(row => (row.GetProperty("name").GetString(), row.GetProperty("cached").GetString())));
        Assert.True(hub.Length >= 18, $"{hub.Length} models are listed.");
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task ATerminalShowsTheDownload()
    {
        PseudoTerminal.Require();
        string environment = $"HF_ENDPOINT={server.Endpoint} HF_HOME='{Home}'";
        (int code, string sent) = await PseudoTerminal.Shell(new TerminalKind(), $"{environment} {PseudoTerminal.Command("inspect", Name)}");
        Assert.Equal(0, code);
        Assert.Contains("Downloading model.safetensors", sent);
        Assert.DoesNotContain(Screen.Show(sent, 80), row => row.Contains("Downloading"));
    }

    private Task<Outcome> Run(params string[] arguments) => Run(arguments, server.Endpoint);

    // A port that nobody listens at any more.
    private static Uri Closed()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private async Task<Outcome> Run(string[] arguments, Uri endpoint)
    {
        ProcessStartInfo start = new("dotnet", [Tool.Path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HF_ENDPOINT"] = endpoint.AbsoluteUri;
        start.Environment["HF_HOME"] = Home;
        using Process process = Process.Start(start)!;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), error = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return new Outcome(process.ExitCode, await output, await error);
    }
}
