namespace Graft.Vision.Features;

/// <summary>Where Graft keeps what it can make again.</summary>
internal static class CacheFolders
{
    /// <summary>
    /// The folder named by the environment variable GRAFT_CACHE, or else <c>graft</c> within the user's cache folder. It need not exist yet.
    /// </summary>
    public static string Root => Environment.GetEnvironmentVariable("GRAFT_CACHE") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(UserCache, "graft");

    private static string UserCache
    {
        get
        {
            if (OperatingSystem.IsWindows()) return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            if (home.Length == 0) home = Path.GetTempPath();
            if (OperatingSystem.IsMacOS()) return Path.Combine(home, "Library", "Caches");
            return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache) ? cache : Path.Combine(home, ".cache");
        }
    }
}
