using System.Globalization;

namespace Graft.Vision.Hub;

/// <summary>What the environment says of the hub, by the names and the rules of Python's <c>huggingface_hub</c> (its <c>constants.py</c>).</summary>
internal static class HubEnvironment
{
    private const string Endpoint = "HF_ENDPOINT";
    private const int LongestToken = 4096;

    /// <summary>The options.</summary>
    /// <param name="variable">The value of a variable of the environment, or null.</param>
    public static HubOptions Read(Func<string, string?> variable)
    {
        HubOptions options = new() { CacheFolder = CacheFolder(variable), IsOffline = IsTrue(variable("HF_HUB_OFFLINE") ?? variable("TRANSFORMERS_OFFLINE")), Token = Token(variable) };
        if (Seconds(variable, "HF_HUB_ETAG_TIMEOUT") is { } answer) options = options with { AnswerLimit = answer };
        if (Seconds(variable, "HF_HUB_DOWNLOAD_TIMEOUT") is { } stall) options = options with { StallLimit = stall };
        if (variable(Endpoint) is not { Length: > 0 } endpoint) return options;
        try
        {
            return options with { Endpoint = new Uri(endpoint, UriKind.Absolute) };
        }
        catch (Exception e) when (e is UriFormatException or ArgumentException)
        {
            throw new HubException($"{Endpoint} is an address such as https://huggingface.co, not '{endpoint}'.", e);
        }
    }

    /// <summary>The cache's folder.</summary>
    public static string CacheFolder(Func<string, string?> variable) =>
        Expanded(variable("HF_HUB_CACHE") ?? variable("HUGGINGFACE_HUB_CACHE") ?? "") is { Length: > 0 } folder ? folder : Path.Combine(Home(variable), "hub");

    private static string Home(Func<string, string?> variable) => Expanded(variable("HF_HOME") ?? "") is { Length: > 0 } home
        ? home
        : Path.Combine(Expanded(variable("XDG_CACHE_HOME") ?? "") is { Length: > 0 } cache ? cache : Path.Combine(UserFolder, ".cache"), "huggingface");

    private static string UserFolder => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string Expanded(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(UserFolder, path[1..]) : path;

    private static bool IsTrue(string? text) => text?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static TimeSpan? Seconds(Func<string, string?> variable, string name)
    {
        if (variable(name) is not { Length: > 0 } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new HubException($"{name} is a number of seconds from 1 to 86,400, not '{text}'.");
    }

    private static string? Token(Func<string, string?> variable)
    {
        if (Clean(variable("HF_TOKEN") ?? variable("HUGGING_FACE_HUB_TOKEN"), "HF_TOKEN") is { } given) return given;
        if (IsTrue(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return null;
        string path = Expanded(variable("HF_TOKEN_PATH") ?? "") is { Length: > 0 } named ? named : Path.Combine(Home(variable), "token");
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= LongestToken ? Clean(File.ReadAllText(path), path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Most models want none. Where one does, the error says that none was sent.
            return null;
        }
    }

    private static string? Clean(string? text, string source)
    {
        string token = text?.Trim() ?? "";
        if (token.Length == 0) return null;
        return token.All(c => c is > ' ' and < '\x7f') ? token : throw new HubException($"{source} holds no token: one is of letters, digits and marks on one line.");
    }
}
