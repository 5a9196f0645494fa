using System.Text;
using Graft.Vision.Hub;

namespace Graft.Vision.Tests.Hub;

/// <summary>Files of the hub come into the cache whole, once, and with what they promise.</summary>
public sealed class HubDownloadTests : HubTest
{
    [Fact]
    public async Task FilesAreWherePythonHasThem()
    {
        HubFiles files = await Download();
        Assert.Equal((Path.Combine(Model, "snapshots", Commit, "config.json"), Path.Combine(Model, "snapshots", Commit, "model.safetensors"), Commit), (files.Config, files.Weights, files.Commit));
        Assert.Equal(Config, await File.ReadAllTextAsync(files.Config, Cancel));
        Assert.Equal(Weights, await File.ReadAllBytesAsync(files.Weights, Cancel));
        Assert.Equal(Commit, await File.ReadAllTextAsync(Path.Combine(Model, "refs", "main"), Cancel));
        string[] blobs = [.. Directory.GetFiles(Path.Combine(Model, "blobs")).Select(file => Path.GetFileName(file)).Order()];
        Assert.Equal(new[] { HubServer.GitName(Encoding.UTF8.GetBytes(Config)), Etag }.Order(), blobs);
        if (!OperatingSystem.IsWindows()) Assert.Equal(Path.Combine("..", "..", "blobs", Etag), new FileInfo(files.Weights).LinkTarget);
        Assert.Equal(new Completion(Weights.Length, Weights.Length), Progress.All.Last(one => one.File == "model.safetensors").Bytes);
        Assert.Empty(Progress.Remarks);
    }

    [Fact]
    public async Task WhatIsThereIsNotDownloadedAgain()
    {
        await Download();
        Server.Requests.Clear();
        await Download();
        Assert.Equal([new HubRequest("HEAD", $"/{Name}/resolve/main/config.json", false, null, 0)], Server.Requests);

        // A commit never changes: nothing is to be asked.
        Server.Requests.Clear();
        await Download($"{Name}@{Commit}");
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task ANewVersionSharesWhatHasNotChanged()
    {
        await Download();
        string next = HubServer.Commit(0xdef);
        Server.PutModel(Name, next, """{"architecture": "another"}""", Weights);
        Server.Requests.Clear();
        HubFiles files = await Download();
        Assert.Equal((next, Weights.Length), (files.Commit, (await File.ReadAllBytesAsync(files.Weights, Cancel)).Length));
        Assert.Empty(Gets(isCdn: true));
        Assert.Equal(next, await File.ReadAllTextAsync(Path.Combine(Model, "refs", "main"), Cancel));
        Assert.NotNull(ModelHub.Find($"{Name}@{Commit}", Options));
    }

    [Theory]
    [InlineData("v1.0", "v1.0")]
    [InlineData("refs/pr/1", "refs/pr/1")]
    public async Task ARevisionIsKeptByItsName(string revision, string reference)
    {
        string old = HubServer.Commit(0x123);
        Server.Point(Name, revision, old);
        Server.Put(Name, old, "config.json", "{}"u8.ToArray());
        Server.Put(Name, old, "model.safetensors", Weights[..1000], isLarge: true);
        HubFiles files = await Download($"hf-hub:{Name}@{revision}");
        Assert.Equal((old, 1000), (files.Commit, (await File.ReadAllBytesAsync(files.Weights, Cancel)).Length));
        Assert.Equal(old, await File.ReadAllTextAsync(Path.Combine([Model, "refs", .. reference.Split('/')]), Cancel));
        Assert.Equal(files, ModelHub.Find($"{Name}@{revision}", Options));
        Assert.Null(ModelHub.Find(Name, Options));
    }

    [Fact]
    public async Task ACutDownloadGoesOnWhereItWasCut()
    {
        int cuts = 0;
        Server.Instead = (request, usual) => request.IsCdn && cuts++ < 2 ? usual with { CutAfter = 70_000 } : null;
        HubFiles files = await Download();
        Assert.Equal(Weights, await File.ReadAllBytesAsync(files.Weights, Cancel));
        Assert.Equal([0, 70_000, 140_000], Gets(isCdn: true).Select(request => request.From));
        Assert.Equal(2, Progress.Remarks.Count(remark => remark.StartsWith("The connection to 127.0.0.1 was lost (", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhatAnEarlierProcessLeftIsUsed()
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, $"{Blob}.incomplete"), Weights.AsSpan(0, 50_000));
        HubFiles files = await Download();
        Assert.Equal(Weights, await File.ReadAllBytesAsync(files.Weights, Cancel));
        Assert.Equal([50_000], Gets(isCdn: true).Select(request => request.From));
        Assert.Equal(new Completion(50_000, 200_000), Progress.All.First(one => one.File == "model.safetensors").Bytes);
        Assert.False(File.Exists($"{Blob}.incomplete"));
    }

    [Fact]
    public async Task WhatWasLeftDamagedIsDownloadedAgain()
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, $"{Blob}.incomplete"), new byte[50_000]);
        HubFiles files = await Download();
        Assert.Equal(Weights, await File.ReadAllBytesAsync(files.Weights, Cancel));
        Assert.Equal([50_000, 0], Gets(isCdn: true).Select(request => request.From));
        Assert.Equal(["What was there of model.safetensors was damaged: starting again."], Progress.Remarks);
    }

    [Fact]
    public async Task AServerWithoutRangesSendsItAll()
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, $"{Blob}.incomplete"), Weights.AsSpan(0, 50_000));
        Server.Instead = (request, usual) => request.IsCdn ? new HubReply { Body = Weights } : null;
        Assert.Equal(Weights, await File.ReadAllBytesAsync((await Download()).Weights, Cancel));
        Assert.Single(Gets(isCdn: true));
    }

    [Fact]
    public async Task AFileThatIsNotWhatWasPromisedIsRemoved()
    {
        Server.Instead = (request, usual) => request.IsCdn ? new HubReply { Body = new byte[Weights.Length] } : null;
        HubException error = await Refused();
        Assert.Contains($"model.safetensors of {Name} came damaged: its content is not the one that the hub promises ({Etag}). It was removed.", error.Message);
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(Model, "blobs")), file => file.Contains(Etag));
        Assert.Null(ModelHub.Find(Name, Options));
    }

    [Fact]
    public async Task SmallFilesAreCheckedByGitsName()
    {
        Server.Instead = (request, usual) => request is { Method: "GET", IsCdn: false } && request.Path.EndsWith("config.json", StringComparison.Ordinal) ? usual with { Body = Encoding.UTF8.GetBytes(Config.Replace("some", "evil")) } : null;
        Assert.Contains($"config.json of {Name} came damaged", (await Refused()).Message);
    }

    [Fact]
    public async Task AFileThatChangesMeanwhileIsStartedAgain()
    {
        byte[] changed = [.. Weights.Reverse()];
        Server.Instead = (request, usual) =>
        {
            // Between the question and the download.
            if (request is { Method: "GET", IsCdn: false } && request.Path.EndsWith("safetensors", StringComparison.Ordinal)) Server.Put(Name, Commit, "model.safetensors", changed, isLarge: true);
            return request is { Method: "GET", IsCdn: false } && usual.Headers.GetValueOrDefault("X-Linked-Etag") == $"\"{Etag}\"" ? usual with { Headers = new(usual.Headers) { ["X-Linked-Etag"] = $"\"{HubServer.Sha256(changed)}\"" } } : null;
        };
        HubFiles files = await Download();
        Assert.Equal(changed, await File.ReadAllBytesAsync(files.Weights, Cancel));
        Assert.Equal([$"model.safetensors of {Name} has changed meanwhile: starting again."], Progress.Remarks);
        Assert.False(File.Exists($"{Blob}.incomplete"));
    }

    [Fact]
    public async Task WhoeverWantsItAtTheSameTimeDownloadsItOnce()
    {
        Server.Instead = (request, usual) => request.IsCdn ? usual with { Delay = TimeSpan.FromMilliseconds(300) } : null;
        HubFiles[] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Download())));
        Assert.Single(Gets(isCdn: true));
        Assert.All(all, files => Assert.Equal(all[0], files));
        Assert.Equal(3, Progress.Remarks.Count(remark => remark == $"Another process is downloading model.safetensors of {Name}: waiting for it."));
    }

    [Fact]
    public async Task OlderWeightsArePytorchs()
    {
        string commit = HubServer.Commit(7);
        Server.Point("timm/old", "main", commit);
        Server.Put("timm/old", commit, "config.json", "{}"u8.ToArray());
        Assert.Contains("timm/old has neither model.safetensors nor pytorch_model.bin", (await Refused("timm/old")).Message);
        Server.Put("timm/old", commit, "pytorch_model.bin", Weights, isLarge: true);
        Assert.EndsWith("pytorch_model.bin", (await Download("timm/old")).Weights);
    }

    [Fact]
    public async Task ACancelledDownloadKeepsWhatCame()
    {
        using CancellationTokenSource user = new();
        Server.Instead = (request, usual) => request is { IsCdn: true, From: 0 } ? usual with { CutAfter = 60_000 } : null;
        Stopper stopper = new(user);
        Options = Options with { Tries = 100, Pause = TimeSpan.FromMinutes(1) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelHub.DownloadAsync(Name, Options, stopper, user.Token));
        Assert.Equal(60_000, new FileInfo($"{Blob}.incomplete").Length);
        Assert.Equal(Weights, await File.ReadAllBytesAsync((await Download()).Weights, Cancel));
    }

    [Fact]
    public async Task MoreThanIsTakenIsRefusedBeforeItComes()
    {
        Assert.Contains("has 200,000 bytes, and at most 1,000 are taken", (await Refused(options: Options with { LargestFile = 1000 })).Message);
        Assert.Empty(Gets(isCdn: true));
        Server.Instead = (request, usual) => request.IsCdn ? new HubReply { Body = [.. Weights, 1] } : null;
        Assert.Contains("More came of model.safetensors", (await Refused()).Message);
    }

    [Fact]
    public async Task ACacheThatCannotBeWrittenIsTold()
    {
        string file = Folder.Write("file", [1]);
        HubException error = await Refused(options: Options with { CacheFolder = Path.Combine(file, "cache") });
        Assert.StartsWith($"The cache of models '{Path.Combine(file, "cache")}' cannot be written (", error.Message);
        Assert.Contains("set HF_HOME to another folder", error.Message);
    }

    /// <summary>Cancels at the first remark: the connection was lost.</summary>
    private sealed class Stopper(CancellationTokenSource source) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (value.Remark.Length > 0) source.Cancel();
        }
    }
}
