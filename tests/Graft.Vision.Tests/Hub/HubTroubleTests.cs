using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Graft.Vision.Hub;

namespace Graft.Vision.Tests.Hub;

/// <summary>What the hub refuses, where it is slow, busy or not there, and whom the token goes to.</summary>
public sealed class HubTroubleTests : HubTest
{
    [Theory]
    [InlineData(401, "RepoNotFound", "There is no model 'timm/some_net.in1k' at 127.0.0.1, or none with a config.json. Is the name right? If it is a private one: Make a token")]
    [InlineData(404, "RepoNotFound", "There is no model 'timm/some_net.in1k' at 127.0.0.1")]
    [InlineData(404, "RevisionNotFound", "timm/some_net.in1k has no revision 'main'")]
    [InlineData(404, "EntryNotFound", "timm/some_net.in1k has no file config.json: it is no model that timm saved.")]
    [InlineData(404, "", "There is no model 'timm/some_net.in1k'")]
    [InlineData(401, "", "127.0.0.1 gives 'timm/some_net.in1k' to nobody without a token")]
    [InlineData(403, "GatedRepo", "timm/some_net.in1k is given only to who agrees to its conditions: do so at http://127.0.0.1")]
    [InlineData(403, "", "127.0.0.1 refuses config.json of timm/some_net.in1k (403): it may want a token.")]
    [InlineData(418, "", "127.0.0.1 refuses config.json of timm/some_net.in1k with the status 418. The hub says: 'no'.")]
    public async Task ARefusalSaysWhatToDo(int status, string code, string expected)
    {
        Server.Instead = (request, usual) => HubServer.Refusal(status, code, "no");
        HubException error = await Refused();
        Assert.StartsWith(expected, error.Message);
        Assert.Equal((HttpStatusCode)status, error.Status);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task ATokenThatIsNotTakenIsTold()
    {
        Server.Instead = (request, usual) => HubServer.Refusal(401, "", "Invalid credentials");
        Assert.StartsWith("127.0.0.1 does not take the token that HF_TOKEN or a login gave", (await Refused(options: Options with { Token = "hf_secret" })).Message);
        Server.Instead = (request, usual) => HubServer.Refusal(403, "GatedRepo", "");
        Assert.Contains("The token that was sent is of somebody who has not", (await Refused(options: Options with { Token = "hf_secret" })).Message);
    }

    [Fact]
    public async Task ANameThatIsNearlyOneThatIsKnownIsTold() =>
        Assert.Contains("Did you mean 'timm/mobilenetv2_100.ra_in1k'?", (await Refused("timm/mobilenetv2_100.ra_in1")).Message);

    [Fact]
    public async Task TheTokenGoesToTheHubAlone()
    {
        await Download(options: Options with { Token = "hf_secret" });
        Assert.All(Server.Requests.Where(request => !request.IsCdn), request => Assert.Equal("Bearer hf_secret", request.Token));
        Assert.Equal([null], Server.Requests.Where(request => request.IsCdn).Select(request => request.Token));
        Assert.DoesNotContain("secret", (Options with { Token = "hf_secret" }).ToString());
    }

    [Theory]
    [InlineData("https://hub.example", "https://hub.example/a", true)]
    [InlineData("https://hub.example", "https://hub.example:8443/a", false)]
    [InlineData("https://hub.example", "https://cdn.hub.example/a", false)]
    [InlineData("https://hub.example", "http://hub.example/a", false)]
    [InlineData("http://hub.example", "http://hub.example/a", false)]
    [InlineData("http://127.0.0.1:80", "http://127.0.0.1/a", true)]
    [InlineData("http://localhost:5000", "http://localhost:5000/a", true)]
    [InlineData("http://localhost:5000", "http://localhost:5001/a", false)]
    public void TheTokenGoesNowhereInTheClear(string endpoint, string url, bool takes) => Assert.Equal(takes, HubClient.TakesToken(new Uri(url), Options with { Endpoint = new Uri(endpoint) }));

    [Fact]
    public void ARedirectKeepsTheEncryption()
    {
        HubClient.RequireSafe(new Uri("https://hub.example"), new Uri("https://cdn.example"));
        HubClient.RequireSafe(new Uri("http://127.0.0.1"), new Uri("http://127.0.0.2"));
        Assert.Equal("hub.example redirects to http://cdn.example, which is not encrypted as it is itself: that is not followed.", Assert.Throws<HubException>(() => HubClient.RequireSafe(new Uri("https://hub.example"), new Uri("http://cdn.example"))).Message);
    }

    [Fact]
    public async Task AModelThatWasRenamedIsFollowedWithTheToken()
    {
        Server.Instead = (request, usual) => request.Path.StartsWith("/timm/old_name/", StringComparison.Ordinal) ? new HubReply { Status = 307, Headers = new() { ["Location"] = request.Path.Replace("old_name", "some_net.in1k") } } : null;
        HubFiles files = await Download("timm/old_name", Options with { Token = "hf_secret" });
        Assert.Equal((Commit, Weights.Length), (files.Commit, (await File.ReadAllBytesAsync(files.Weights, Cancel)).Length));
        Assert.All(Server.Requests.Where(request => !request.IsCdn), request => Assert.NotNull(request.Token));
    }

    [Theory]
    [InlineData("/timm/some_net.in1k/resolve/main/config.json", "redirects config.json more than 8 times")]
    [InlineData("ftp://127.0.0.1/x", "redirects to ftp://127.0.0.1, which is not encrypted")]
    [InlineData("file:///etc/passwd", "redirects to file://")]
    public async Task RedirectsThatLeadNowhereAreNotFollowed(string location, string expected)
    {
        Server.Instead = (request, usual) => new HubReply { Status = 302, Headers = new() { ["Location"] = location } };
        Assert.Contains(expected, (await Refused()).Message);
    }

    [Theory]
    [InlineData("../../evil", 0xabc)]
    [InlineData("..", 0xabc)]
    [InlineData("\"a/b\"", 0xabc)]
    [InlineData("\"fine\"", 0)]
    public async Task HeadersThatCannotBeNamesOfFilesAreNone(string etag, int commit)
    {
        Server.Instead = (request, usual) => new HubReply { Headers = new() { ["ETag"] = etag, ["X-Repo-Commit"] = commit == 0 ? "../../evil" : HubServer.Commit(commit) } };
        Assert.Contains("is no answer of Hugging Face's hub: it names no version or no ETag of config.json", (await Refused()).Message);
        Assert.False(Directory.Exists(Folder["cache"]));
    }

    [Fact]
    public async Task ABusyHubIsAskedAgain()
    {
        int busy = 2;
        Server.Instead = (request, usual) => busy-- > 0 ? new HubReply { Status = 503 } : null;
        await Download();
        Assert.Equal(2, Progress.Remarks.Count(remark => remark == "127.0.0.1 is in trouble (503). Trying again in 1 s."));
    }

    [Fact]
    public async Task AHubThatStaysBusyIsGivenUp()
    {
        Server.Instead = (request, usual) => new HubReply { Status = 500 };
        HubException error = await Refused();
        Assert.Equal(("127.0.0.1 is in trouble (500). Try it again later.", (HttpStatusCode?)HttpStatusCode.InternalServerError), (error.Message, error.Status));
        Assert.Equal(Options.Tries, Server.Requests.Count);
    }

    [Fact]
    public async Task TheHubSaysHowLongToWait()
    {
        int asked = 0;
        Server.Instead = (request, usual) => asked++ == 0 ? new HubReply { Status = 429, Headers = new() { ["Retry-After"] = "1" } } : null;
        long start = Stopwatch.GetTimestamp();
        await Download();
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.95), $"It waited {Stopwatch.GetElapsedTime(start)}.");
        Assert.Equal(["127.0.0.1 was asked too often and wants a pause (429). Trying again in 1 s."], Progress.Remarks);
        Server.Instead = (request, usual) => new HubReply { Status = 429, Headers = new() { ["Retry-After"] = "3600" } };
        Assert.Contains("It asks to wait for 60 minutes", (await Refused("timm/another")).Message);
    }

    [Fact]
    public async Task AServerThatDoesNotAnswerIsNotWaitedFor()
    {
        Server.Instead = (request, usual) => usual with { Delay = TimeSpan.FromMinutes(1) };
        HubException error = await Refused(options: Options with { AnswerLimit = TimeSpan.FromSeconds(0.2), Tries = 2 });
        Assert.StartsWith("No connection to 127.0.0.1 for timm/some_net.in1k (127.0.0.1 did not answer within 0.2 s). Is there a network", error.Message);
        Assert.Equal(2, Server.Requests.Count);
    }

    [Fact]
    public async Task AServerThatTricklesIsNotWaitedFor()
    {
        Server.Instead = (request, usual) => request.IsCdn ? usual with { Trickle = TimeSpan.FromMilliseconds(20) } : null;
        HubException error = await Refused(options: Options with { StallLimit = TimeSpan.FromSeconds(0.3), Tries = 2 });
        Assert.Contains("nothing or almost nothing came for 0.3 s", error.Message);
        Assert.Contains("is kept: the same again goes on with it", error.Message);
        int[] from = [.. Gets(isCdn: true).Select(request => request.From)];
        Assert.Equal(2, from.Length);
        Assert.InRange(from[1], 1, 100);
    }

    [Fact]
    public async Task AnAddressOfAFileThatIsNoLongerGoodIsAskedForAgain()
    {
        int refused = 0;
        Server.Instead = (request, usual) => request.IsCdn && refused++ == 0 ? new HubReply { Status = 403 } : null;
        await Download();
        Assert.Equal(["127.0.0.1, which keeps model.safetensors for 127.0.0.1, does not give it (403). Trying again in 1 s."], Progress.Remarks);
        Server.Instead = (request, usual) => request.IsCdn ? new HubReply { Status = 404 } : null;
        Server.Put(Name, HubServer.Commit(2), "config.json", "{}"u8.ToArray());
        Server.Put(Name, HubServer.Commit(2), "model.safetensors", Weights[..99], isLarge: true);
        Server.Point(Name, "main", HubServer.Commit(2));
        Assert.Contains("does not give it (404). Try it again later.", (await Refused(options: Options with { CacheFolder = Folder["another"] })).Message);
    }

    [Fact]
    public async Task WithoutANetworkTheCacheIsUsed()
    {
        HubFiles files = await Download();
        HubOptions nowhere = Options with { Endpoint = Closed() };
        Assert.Equal(files, await Download(options: nowhere));
        Assert.Equal([$"No connection to 127.0.0.1 (Connection refused). Using the version in the cache, {Commit}."], Progress.Remarks);
        HubException error = await Refused("timm/other", nowhere);
        Assert.StartsWith("No connection to 127.0.0.1 for timm/other (", error.Message);
        Assert.IsType<HttpRequestException>(error.InnerException);

        // Nor is a hub in trouble, or one that forgot who asks, a reason not to work.
        Server.Instead = (request, usual) => new HubReply { Status = 503 };
        Assert.Equal(files, await Download());
        Server.Instead = (request, usual) => HubServer.Refusal(401, "", "");
        Assert.Equal(files, await Download());
        Server.Instead = (request, usual) => HubServer.Refusal(404, "RevisionNotFound", "");
        await Refused();
    }

    [Fact]
    public async Task OfflineNothingIsAskedFor()
    {
        HubOptions offline = Options with { IsOffline = true };
        HubException error = await Refused(options: offline);
        Assert.StartsWith($"timm/some_net.in1k is not in the cache '{Options.CacheFolder}', and HF_HUB_OFFLINE says that nothing is asked for.", error.Message);
        Assert.Empty(Server.Requests);
        HubFiles files = await Download();
        Server.Requests.Clear();
        Assert.Equal(files, await Download(options: offline));
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task WhatPythonLeftInTheCacheIsUsed()
    {
        // As huggingface_hub has it: on Windows without links the files themselves.
        string model = Path.Combine("cache", "models--timm--by_python");
        Folder.Write(Path.Combine(model, "refs", "main"), System.Text.Encoding.ASCII.GetBytes(Commit));
        Folder.Write(Path.Combine(model, "snapshots", Commit, "config.json"), "{}"u8);
        Folder.Write(Path.Combine(model, "snapshots", Commit, "pytorch_model.bin"), [1, 2]);
        HubFiles files = await Download("timm/by_python", Options with { IsOffline = true });
        Assert.Equal((Commit, Folder[model, "snapshots", Commit, "pytorch_model.bin"]), (files.Commit, files.Weights));
    }

    private static Uri Closed()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
