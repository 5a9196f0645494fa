using System.Collections.Concurrent;
using Graft.Vision.Hub;

namespace Graft.Vision.Tests.Hub;

/// <summary>A hub on this machine, an empty cache, and a model whose weights are just bytes.</summary>
public abstract class HubTest : IAsyncDisposable
{
    protected const string Name = "timm/some_net.in1k";
    protected const string Config = """{"architecture": "some_net"}""";

    protected static readonly string Commit = HubServer.Commit(0xabc);

    protected HubTest()
    {
        Weights = new byte[200_000];
        new Random(1).NextBytes(Weights);
        Server.PutModel(Name, Commit, Config, Weights);
        Options = new HubOptions { Endpoint = Server.Endpoint, CacheFolder = Folder["cache"], Tries = 3, Pause = TimeSpan.FromMilliseconds(20), AnswerLimit = TimeSpan.FromSeconds(5), StallLimit = TimeSpan.FromSeconds(5) };
    }

    protected TemporaryFolder Folder { get; } = new();

    protected HubServer Server { get; } = new();

    protected byte[] Weights { get; }

    protected HubOptions Options { get; set; }

    protected string Etag => HubServer.Sha256(Weights);

    protected string Model => Folder["cache", "models--timm--some_net.in1k"];

    protected string Blob => Path.Combine(Model, "blobs", Etag);

    /// <summary>What was told.</summary>
    protected Told Progress { get; } = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected IEnumerable<HubRequest> Gets(bool isCdn) => Server.Requests.Where(request => request.Method == "GET" && request.IsCdn == isCdn);

    protected Task<HubFiles> Download(string name = Name, HubOptions? options = null) => ModelHub.DownloadAsync(name, options ?? Options, Progress, Cancel);

    protected async Task<HubException> Refused(string name = Name, HubOptions? options = null) => await Assert.ThrowsAsync<HubException>(() => Download(name, options));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected sealed class Told : IProgress<HubProgress>
    {
        public ConcurrentQueue<HubProgress> All { get; } = [];

        public IEnumerable<string> Remarks => All.Where(one => one.Remark.Length > 0).Select(one => one.Remark);

        public void Report(HubProgress value) => All.Enqueue(value);
    }
}
