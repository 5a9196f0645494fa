namespace Graft.Runs;

/// <summary>
/// The runs of a folder. What is true of a run stands in its own folder; the database, <c>runs.db</c>, is an index that gives runs their numbers, remembers those whose folders were
/// deleted, and is made again where it is missing or behind. Several processes may use it at once.
/// </summary>
public sealed class RunStore
{
    private readonly RunTable table;

    private RunStore(string root)
    {
        Root = Path.GetFullPath(root);
        table = new RunTable(new RunDatabase(Path.Combine(Root, "runs.db")));
    }

    /// <summary>The folder that holds the runs.</summary>
    public string Root { get; }

    /// <summary>What stood in the way of the last listing: a database that is locked, broken or another program's, a run whose files cannot be read. The runs were listed all the same.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>Opens a folder of runs; its database is made on the first <see cref="Save"/>.</summary>
    public static RunStore Open(string root) => new(root);

    /// <summary>Opens a folder of runs; null where there are none yet.</summary>
    /// <exception cref="RunException">The folder cannot be read.</exception>
    public static RunStore? OpenExisting(string root)
    {
        RunStore store = new(root);
        return store.table.Exists || RunFolder.All(store.Root).Count > 0 ? store : null;
    }

    /// <summary>Writes a run and its epochs into the database, in place of what was known of the run of that name.</summary>
    /// <returns>The run's number.</returns>
    /// <exception cref="RunException">The database is locked, broken, another program's, or cannot be written.</exception>
    internal long Save(RunSummary run, IReadOnlyList<EpochMetrics> epochs) => table.Save(run, epochs);

    /// <summary>
    /// All runs, newest first, as their folders tell it. A run whose process is gone is <see cref="RunState.Dead"/>. Needs no right to write: where there is one, the database is brought up to date.
    /// </summary>
    /// <exception cref="RunException">The folder of runs cannot be read.</exception>
    public IReadOnlyList<RunSummary> List()
    {
        List<string> problems = [];
        Dictionary<string, RunSummary> rows = Rows(problems);
        bool isUsable = problems.Count == 0;
        List<RunSummary> runs = [];

        // The oldest first, so that runs new to the database get their numbers in order.
        foreach (RunFolder folder in RunFolder.All(Root).Reverse())
        {
            rows.Remove(folder.Name, out RunSummary? row);
            RunSummary? told = null;
            try
            {
                told = folder.Summary(row);
            }
            catch (RunException e)
            {
                problems.Add(e.Message);
            }

            if (told is not null && isUsable && told with { Id = row?.Id ?? 0 } != row) isUsable = TrySave(folder, ref told);
            else if (told is not null) told = told with { Id = row?.Id ?? 0 };
            if ((told ?? row) is not { } run) continue;
            runs.Add(run.State == RunState.Running && !folder.IsRunning ? run with { State = RunState.Dead } : run);
        }

        foreach (RunSummary gone in rows.Values)
        {
            string folder = Path.Combine(Root, gone.Name);
            RunState state = gone.State == RunState.Running && !RunLock.IsHeld(folder) ? RunState.Dead : gone.State;
            runs.Add(gone with { State = state, FolderMissing = !Directory.Exists(folder) });
        }

        Problems = problems;
        return [.. runs.OrderByDescending(run => run.Created).ThenByDescending(run => run.Id).ThenByDescending(run => run.Name, StringComparer.Ordinal)];
    }

    /// <summary>The run that a user means.</summary>
    /// <param name="run">A run's number, the beginning of its name, or <c>last</c>.</param>
    /// <exception cref="RunException">There is no such run, or more than one.</exception>
    public RunSummary Find(string run)
    {
        IReadOnlyList<RunSummary> all = List();
        if (all.FirstOrDefault(r => r.Id > 0 && RunName.Is(r.Id, run)) is { } numbered) return numbered;
        if (RunName.IsNumber(run) && Problems.Count > 0 && !all.Any(r => r.Name.StartsWith(run, StringComparison.Ordinal)))
            throw new RunException($"The number of a run cannot be looked up. {Problems[0]} Until then name the run by the beginning of its name.");
        string name = RunName.Choose(Root, run, [.. all.Select(r => r.Name)]);
        return all.First(r => r.Name == name);
    }

    /// <summary>The epochs of a run, in order: from its log, or as the database knows them where the folder is gone.</summary>
    /// <exception cref="RunException">Neither can be read.</exception>
    public IReadOnlyList<EpochMetrics> Epochs(RunSummary run)
    {
        ArgumentNullException.ThrowIfNull(run);
        RunName.Require(run.Name);
        string folder = Path.Combine(Root, run.Name);
        return Directory.Exists(folder) && File.Exists(RunFolder.Open(Root, run.Name).LogPath) ? RunFolder.Open(Root, run.Name).ReadLog().Epochs : run.Id > 0 ? Epochs(run.Id) : [];
    }

    /// <summary>The epochs that the database knows of a run.</summary>
    internal IReadOnlyList<EpochMetrics> Epochs(long id) => table.Epochs(id);

    /// <summary>Deletes a run: its folder with everything in it, and its row.</summary>
    /// <exception cref="RunException">The run is going, its folder is not that of a run or cannot be deleted, or the database cannot be written.</exception>
    public void Remove(RunSummary run)
    {
        RunName.Require(run.Name);
        string folder = Path.Combine(Root, run.Name);
        if (Directory.Exists(folder))
        {
            if (RunLock.IsHeld(folder)) throw new RunException($"The run '{run.Name}' is going: it cannot be removed. Stop it first.");
            if (!File.Exists(Path.Combine(folder, "config.json")))
                throw new RunException($"'{folder}' is not the folder of a run: it has no config.json. Look what is in it and delete it yourself, then remove the run again.");
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RunException($"'{folder}' cannot be deleted: {RunFolder.Sentence(e.Message)} Make it writable, then remove the run again.", e);
            }
        }

        if (run.Id > 0) table.Remove(run);
    }

    // What the database knows, by name; nothing where it cannot be used.
    private Dictionary<string, RunSummary> Rows(List<string> problems)
    {
        try
        {
            return table.Exists ? table.List().ToDictionary(run => run.Name) : [];
        }
        catch (RunException e)
        {
            problems.Add(e.Message);
            return [];
        }
    }

    // A folder that may not be written to is no problem: the list is right without, and the next who may write does it.
    private bool TrySave(RunFolder folder, ref RunSummary run)
    {
        try
        {
            run = run with { Id = table.Save(run, File.Exists(folder.LogPath) ? folder.ReadLog().Epochs : []) };
            return true;
        }
        catch (RunException)
        {
            return false;
        }
    }
}
