using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Graft.Testing;

/// <summary>What a server was asked for.</summary>
/// <param name="Method">HEAD or GET.</param>
/// <param name="Path">The path.</param>
/// <param name="IsCdn">Whether the machine that keeps large files was asked, not the hub.</param>
/// <param name="Token">The value of Authorization, or null.</param>
/// <param name="From">The first byte that was asked for; 0 without a range.</param>
public sealed record HubRequest(string Method, string Path, bool IsCdn, string? Token, int From);

/// <summary>What a server answers.</summary>
public sealed record HubReply
{
    public int Status { get; init; } = 200;

    public Dictionary<string, string> Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>The connection is cut after so many bytes of the body; null is never.</summary>
    public int? CutAfter { get; init; }

    /// <summary>How long it takes before anything is said.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Bytes come one by one, with this between them.</summary>
    public TimeSpan Trickle { get; init; }
}

/// <summary>A server on this machine that speaks as Hugging Face's hub does, and another one, at another port, to which it redirects for large files.</summary>
public sealed class HubServer : IAsyncDisposable
{
    private readonly TcpListener hub = new(IPAddress.Loopback, 0), cdn = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, (byte[] Content, bool IsLarge)> files = [];
    private readonly ConcurrentDictionary<string, string> revisions = [];
    private readonly List<Task> serving;

    public HubServer()
    {
        hub.Start();
        cdn.Start();
        serving = [Task.Run(() => Listen(hub, false)), Task.Run(() => Listen(cdn, true))];
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)hub.LocalEndpoint).Port}");

    public Uri Cdn => new($"http://127.0.0.1:{((IPEndPoint)cdn.LocalEndpoint).Port}");

    /// <summary>All requests until now.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = [];

    /// <summary>Answers otherwise than usual: gets the request and the usual answer; null is the usual one.</summary>
    public Func<HubRequest, HubReply, HubReply?>? Instead { get; set; }

    public static string Commit(int number) => number.ToString("x40", CultureInfo.InvariantCulture);

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

#pragma warning disable CA5350 // Git's name of a file.
    public static string GitName(byte[] content) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    /// <summary>Says which commit a revision of a model is.</summary>
    public void Point(string model, string revision, string commit) => revisions[$"{model}@{revision}"] = commit;

    /// <summary>Puts a file into a commit.</summary>
    public void Put(string model, string commit, string file, byte[] content, bool isLarge = false) => files[$"{model}@{commit}/{file}"] = (content, isLarge);

    /// <summary>A model with a config and large weights, whose latest version is the commit.</summary>
    public void PutModel(string model, string commit, string config, byte[] weights)
    {
        Point(model, "main", commit);
        Put(model, commit, "config.json", Encoding.UTF8.GetBytes(config));
        Put(model, commit, "model.safetensors", weights, isLarge: true);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        hub.Dispose();
        cdn.Dispose();
        await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task Listen(TcpListener listener, bool isCdn)
    {
        while (!stop.IsCancellationRequested)
        {
            TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
            _ = Serve(client, isCdn).ContinueWith(_ => client.Dispose(), TaskScheduler.Default);
        }
    }

    private async Task Serve(TcpClient client, bool isCdn)
    {
        NetworkStream stream = client.GetStream();
        using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
        string[] first = (await reader.ReadLineAsync(stop.Token) ?? "").Split(' ');
        if (first.Length < 2) return;
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } line) headers[line.Split(':')[0]] = line[(line.IndexOf(':') + 1)..].Trim();
        int from = headers.TryGetValue("Range", out string? range) ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        HubRequest request = new(first[0], Uri.UnescapeDataString(first[1]), isCdn, headers.GetValueOrDefault("Authorization"), from);
        Requests.Enqueue(request);
        HubReply usual = Usual(request), reply = Instead?.Invoke(request, usual) ?? usual;
        await Task.Delay(reply.Delay, stop.Token);
        StringBuilder head = new($"HTTP/1.1 {reply.Status} Answer\r\nConnection: close\r\n");
        foreach ((string name, string value) in reply.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!reply.Headers.ContainsKey("Content-Length")) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}\r\n"), stop.Token);
        if (request.Method == "HEAD") return;
        byte[] body = reply.CutAfter is { } cut ? reply.Body[..Math.Min(cut, reply.Body.Length)] : reply.Body;
        if (reply.Trickle == default)
        {
            await stream.WriteAsync(body, stop.Token);
            return;
        }

        foreach (byte part in body)
        {
            await stream.WriteAsync(new[] { part }, stop.Token);
            await Task.Delay(reply.Trickle, stop.Token);
        }
    }

    // OWNER/NAME/resolve/REVISION/FILE, and of the other machine /SHA256.
    private HubReply Usual(HubRequest request)
    {
        if (request.IsCdn) return files.Values.FirstOrDefault(file => $"/{Sha256(file.Content)}" == request.Path).Content is { } kept ? Part(kept, request.From, new() { ["ETag"] = "\"of-another-kind\"" }) : new HubReply { Status = 404 };
        string[] parts = request.Path[1..].Split('/');
        if (parts.Length < 5 || parts[2] != "resolve") return new HubReply { Status = 404 };
        (string model, string revision, string file) = ($"{parts[0]}/{parts[1]}", string.Join('/', parts[3..^1]), parts[^1]);
        if (!revisions.Keys.Any(key => key.StartsWith($"{model}@", StringComparison.Ordinal))) return Refusal(401, "RepoNotFound", "Invalid username or password.");
        string? commit = revisions.GetValueOrDefault($"{model}@{revision}") ?? revisions.Where(r => r.Key.StartsWith($"{model}@", StringComparison.Ordinal)).Select(r => r.Value).FirstOrDefault(c => c == revision);
        if (commit is null) return Refusal(404, "RevisionNotFound", "Invalid rev id");
        if (!files.TryGetValue($"{model}@{commit}/{file}", out (byte[] Content, bool IsLarge) found)) return Refusal(404, "EntryNotFound", "Entry not found");
        Dictionary<string, string> headers = new() { ["X-Repo-Commit"] = commit };
        if (!found.IsLarge) return Part(found.Content, request.From, new(headers) { ["ETag"] = $"\"{GitName(found.Content)}\"" });
        string name = Sha256(found.Content);
        return new HubReply { Status = 302, Headers = new(headers) { ["Location"] = new Uri(Cdn, name).AbsoluteUri, ["X-Linked-Etag"] = $"\"{name}\"", ["X-Linked-Size"] = $"{found.Content.Length}" } };
    }

    public static HubReply Refusal(int status, string code, string message) => new() { Status = status, Headers = new() { ["X-Error-Code"] = code, ["X-Error-Message"] = message } };

    private static HubReply Part(byte[] content, int from, Dictionary<string, string> headers) => from == 0
        ? new HubReply { Headers = headers, Body = content }
        : new HubReply { Status = 206, Headers = new(headers) { ["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}" }, Body = content[from..] };
}
