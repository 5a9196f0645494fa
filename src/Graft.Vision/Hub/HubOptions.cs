namespace Graft.Vision.Hub;

/// <summary>Where models of the hub come from, where they are kept, and how long is waited for them.</summary>
public sealed record HubOptions
{
    /// <summary>The hub, or a mirror of it. Over plain http no token is sent, but to this machine itself.</summary>
    public Uri Endpoint { get; init => field = Checked(value); } = new("https://huggingface.co");

    /// <summary>The cache's folder, which programs in Python share: <c>HF_HUB_CACHE</c>, or <c>hub</c> in <c>HF_HOME</c>, by custom <c>~/.cache/huggingface/hub</c>.</summary>
    public string CacheFolder
    {
        get;
        init => field = value is { Length: > 0 } ? Path.GetFullPath(value) : throw new ArgumentException("The cache's folder has a name.", nameof(CacheFolder));
    } = HubEnvironment.CacheFolder(Environment.GetEnvironmentVariable);

    /// <summary>A token for models that are not for everyone; null is none. It is sent to <see cref="Endpoint"/> alone, wherever that redirects to.</summary>
    public string? Token { get; init => field = value is null || value.All(c => c is > ' ' and < '\x7f') ? value : throw new ArgumentException("A token is of letters, digits and marks, without blanks.", nameof(Token)); }

    /// <summary>Whether nothing is asked for and only the cache is used.</summary>
    public bool IsOffline { get; init; }

    /// <summary>How long is waited for an answer to begin.</summary>
    public TimeSpan AnswerLimit { get; init => field = Positive(value, nameof(AnswerLimit)); } = TimeSpan.FromSeconds(10);

    /// <summary>How long is waited for the next 16 KB of a file, or for its end.</summary>
    public TimeSpan StallLimit { get; init => field = Positive(value, nameof(StallLimit)); } = TimeSpan.FromSeconds(30);

    /// <summary>How often it is tried, where nothing comes in between; what comes is kept, and a cut download goes on.</summary>
    public int Tries { get; init => field = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(Tries), value, $"It is tried 1 to 100 times, not {value}."); } = 5;

    /// <summary>The pause before the second try; it doubles from try to try.</summary>
    public TimeSpan Pause { get; init => field = Positive(value, nameof(Pause)); } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause. Where the hub asks for a longer one, it is told instead of waited for.</summary>
    public TimeSpan LongestPause { get; init => field = Positive(value, nameof(LongestPause)); } = TimeSpan.FromMinutes(2);

    /// <summary>The most bytes of a file of weights: 4 GB.</summary>
    public long LargestFile { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(LargestFile), value, "A limit is above 0."); } = 4L << 30;

    /// <summary>
    /// What the environment says, by the names of Python's <c>huggingface_hub</c>: <c>HF_ENDPOINT</c>, <c>HF_HUB_CACHE</c>, <c>HF_HOME</c>, <c>HF_TOKEN</c> or the file that a login leaves,
    /// <c>HF_HUB_OFFLINE</c>, <c>HF_HUB_ETAG_TIMEOUT</c> and <c>HF_HUB_DOWNLOAD_TIMEOUT</c>.
    /// </summary>
    /// <exception cref="HubException">A variable has no value that can be meant.</exception>
    public static HubOptions FromEnvironment() => HubEnvironment.Read(Environment.GetEnvironmentVariable);

    /// <summary>The endpoint and the cache: a token is for nobody's log.</summary>
    public override string ToString() => $"{Endpoint}, cache {CacheFolder}{(IsOffline ? ", offline" : "")}";

    private static Uri Checked(Uri value) => value is { IsAbsoluteUri: true, Query: "", Fragment: "", UserInfo: "" } && value.Scheme is "http" or "https"
        ? value
        : throw new ArgumentException($"An endpoint is an address such as https://huggingface.co, not '{value}'.", nameof(Endpoint));

    // What timers of the system take.
    private static TimeSpan Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(name, value, $"A time is above 0 and at most a day, not {value}.");
}
