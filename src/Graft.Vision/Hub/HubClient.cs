using System.Net.Http.Headers;

namespace Graft.Vision.Hub;

/// <summary>
/// Asks the hub over HTTP. Redirects are followed here: the token goes to the hub alone, never to the machines that keep its files, and never over plain http but to this machine. Proxies are those of the environment.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 8, ConnectionTries = 2;

    private readonly HubOptions options;
    private readonly HubName name;
    private readonly IProgress<HubProgress>? progress;
    private readonly HttpClient http;

    public HubClient(HubOptions options, HubName name, IProgress<HubProgress>? progress)
    {
        (this.options, this.name, this.progress) = (options, name, progress);
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = options.AnswerLimit };
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("graft", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
        http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>Asks what a file is.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="revision">Its version.</param>
    /// <param name="tries">How often it is tried.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Its version and its ETag, which are there, and its length.</returns>
    /// <exception cref="HubException">There is none, or no answer.</exception>
    public Task<HubFileInfo> Ask(string file, string revision, int tries, CancellationToken cancel) => Persist(file, tries, async () =>
    {
        using HubAnswer answer = await Send(HttpMethod.Head, file, revision, 0, null, cancel).ConfigureAwait(false);
        if (answer is not { Commit: { } commit, ETag: { } etag })
            throw new HubException($"What {options.Endpoint.Host} answers is no answer of Hugging Face's hub: it names no version or no ETag of {file}. A proxy may have changed it, or HF_ENDPOINT is no hub.");
        return new HubFileInfo(file, commit, etag, answer.Length);
    }, cancel);

    /// <summary>Asks for a file's bytes, once.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Its bytes, or that the hub has others by now: another ETag.</returns>
    public Task<HubAnswer> Get(HubFileInfo file, long from, CancellationToken cancel) => Send(HttpMethod.Get, file.Name, file.Commit, from, file.ETag, cancel);

    /// <summary>Does something until it is done, or nothing came of it too often.</summary>
    /// <param name="file">The file, for remarks.</param>
    /// <param name="tries">How often it is tried.</param>
    /// <param name="attempt">What is done.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="hasCome">Tells, once asked, whether something came since it was last asked: then the count begins anew.</param>
    public async Task<T> Persist<T>(string file, int tries, Func<Task<T>> attempt, CancellationToken cancel, Func<bool>? hasCome = null)
    {
        for (int failures = 0; ;)
        {
            HubFault fault;
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (Exception e) when (HubFault.Of(e, options, name) is { } found)
            {
                fault = found;
            }

            failures = hasCome?.Invoke() == true ? 1 : failures + 1;
            // Where something came before, there is a network, and it may come back.
            bool isHopeless = hasCome is null && (fault.IsFinal || (fault.IsConnection && failures >= ConnectionTries));
            if (failures >= tries || isHopeless) throw fault.Error;
            TimeSpan pause = options.Pause * Math.Pow(2, failures - 1);
            if (pause > options.LongestPause) pause = options.LongestPause;
            if (fault.Pause is { } asked && asked > pause) pause = asked;
            if (pause > options.LongestPause) throw fault.TooLong(pause);
            progress?.Report(new HubProgress(file, default, $"{fault.What} Trying again in {Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds))} s."));
            await Task.Delay(pause, cancel).ConfigureAwait(false);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<HubAnswer> Send(HttpMethod method, string file, string revision, long from, string? expected, CancellationToken cancel)
    {
        Uri url = new($"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{name.Path}/resolve/{Uri.EscapeDataString(revision)}/{file}");
        HubAnswer? answer = null;
        bool sentToken = false;
        try
        {
            for (int redirects = 0; ; redirects++)
            {
                bool isHub = IsHub(url, options);
                using HttpRequestMessage request = new(method, url);
                if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
                if (options.Token is not null && TakesToken(url, options))
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
                    sentToken = true;
                }

                HttpResponseMessage response = await Answer(request, cancel).ConfigureAwait(false);
                if (answer is null)
                {
                    answer = new HubAnswer(response);
                }
                else
                {
                    answer.Dispose();
                    answer.Response = response;
                }

                if (isHub) answer.Take(response);
                if (expected is not null && answer.ETag is { } etag && etag != expected) return answer;
                if (Location(response, url) is { } next)
                {
                    if (method == HttpMethod.Head && answer.IsComplete) return answer;
                    if (redirects == MostRedirects) throw new HubException($"{options.Endpoint.Host} redirects {file} more than {MostRedirects} times.");
                    RequireSafe(url, next);
                    url = next;
                    continue;
                }

                if (response.IsSuccessStatusCode) return answer;

                // Addresses of files are good for a while: the hub gives another one.
                if (!isHub) throw new HubBusyException($"{url.Host}, which keeps {file} for {options.Endpoint.Host}, does not give it ({(int)response.StatusCode}).", null, null);
                throw HubRefusal.Of(response, name, file, options, sentToken);
            }
        }
        catch
        {
            answer?.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> Answer(HttpRequestMessage request, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.AnswerLimit);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new HubSilenceException($"{request.RequestUri!.Host} did not answer within {options.AnswerLimit.TotalSeconds:0.##} s", e);
        }
    }

    /// <summary>Whether the token goes to an address: to the hub, and not in the clear but on this machine.</summary>
    internal static bool TakesToken(Uri url, HubOptions options) => IsHub(url, options) && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback);

    /// <summary>Makes sure that a redirect does not leave encryption.</summary>
    /// <exception cref="HubException">It does.</exception>
    internal static void RequireSafe(Uri from, Uri to)
    {
        if (to.Scheme == Uri.UriSchemeHttps || (to.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp)) return;
        throw new HubException($"{from.Host} redirects to {to.Scheme}://{to.Host}, which is not encrypted as it is itself: that is not followed.");
    }

    private static bool IsHub(Uri url, HubOptions options) => url.Scheme == options.Endpoint.Scheme && url.Host == options.Endpoint.Host && url.Port == options.Endpoint.Port;

    private static Uri? Location(HttpResponseMessage response, Uri from) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } to
            ? new Uri(from, to)
            : null;
}

/// <summary>What the hub says of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Commit">The version that it is of.</param>
/// <param name="ETag">What its bytes are known by.</param>
/// <param name="Length">How many they are, if it says.</param>
internal sealed record HubFileInfo(string Name, string Commit, string ETag, long? Length);
