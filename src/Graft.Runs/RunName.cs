using System.Globalization;

namespace Graft.Runs;

/// <summary>How people name runs.</summary>
internal static class RunName
{
    private const int MostCandidates = 5;

    /// <summary>Whether what a user typed can be a run's number.</summary>
    public static bool IsNumber(string run) => long.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether a run's number is the one that a user typed.</summary>
    public static bool Is(long id, string run) => long.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out long typed) && typed == id;

    /// <summary>Refuses a name that would lead out of the folder of runs, as a database that someone made by hand may hold.</summary>
    /// <exception cref="RunException">It is not the name of one folder.</exception>
    public static void Require(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name is "." or ".." || name.AsSpan().IndexOfAny("/\\:\0") >= 0)
            throw new RunException($"'{name}' is not the name of a run: a run's name is that of one folder. Name a run that 'graft runs' lists.");
    }

    /// <summary>The one name that a user means by <c>last</c>, the whole name or its beginning.</summary>
    /// <param name="root">The folder that holds the runs, for the message.</param>
    /// <param name="run">What the user typed.</param>
    /// <param name="names">The names of all runs, newest first.</param>
    public static string Choose(string root, string run, IReadOnlyList<string> names)
    {
        if (names.Count == 0) throw new RunException($"There are no runs in '{Path.GetFullPath(root)}'. Start one with 'graft train', or name the folder of the runs with --runs.");
        if (run == "last") return names[0];
        if (names.Contains(run, StringComparer.Ordinal)) return run;
        string[] candidates = [.. names.Where(n => run.Length > 0 && n.StartsWith(run, StringComparison.Ordinal))];
        if (candidates.Length == 1) return candidates[0];
        if (candidates.Length == 0)
            throw new RunException($"There is no run '{run}' in '{Path.GetFullPath(root)}'. A run is named by its number, the beginning of its name, or 'last'; 'graft runs' lists them.");
        string more = candidates.Length > MostCandidates ? $" and {candidates.Length - MostCandidates} more" : "";
        throw new RunException($"'{run}' is the beginning of {candidates.Length} runs: {string.Join(", ", candidates.Take(MostCandidates))}{more}. Type more of the name.");
    }
}
