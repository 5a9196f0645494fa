using System.Globalization;
using System.Text.Json;
using Graft.Formats;

namespace Graft.Runs;

/// <summary>
/// The folder of one run: <c>config.json</c>, <c>log.jsonl</c>, TensorBoard's event files, and what the trainer writes: checkpoints,
/// <c>model.graft</c> and <c>report.html</c>. Its name begins with the time, so that names sort by age.
/// </summary>
public sealed class RunFolder
{
    private const string ConfigName = "config.json", StatusName = "state.json";
    private const int LargestConfig = 4 << 20;
    private const int LongestLabel = 40;

    private RunFolder(string path) => FullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>The run's name, for example <c>2026-11-23-142501-flowers</c>.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The folder that holds the runs.</summary>
    public string Root => Path.GetDirectoryName(FullPath)!;

    /// <summary>The file of <see cref="RunConfig"/>.</summary>
    public string ConfigPath => this[ConfigName];

    /// <summary>The log: one JSON object a line.</summary>
    public string LogPath => this["log.jsonl"];

    /// <summary>The report, which the trainer writes.</summary>
    public string ReportPath => this["report.html"];

    /// <summary>What may be wrong with the images, which the trainer writes.</summary>
    public string CheckPath => this["check.html"];

    /// <summary>The model, which the trainer writes.</summary>
    public string ModelPath => this["model.graft"];

    /// <summary>Whether a process is working on the run now.</summary>
    public bool IsRunning => RunLock.IsHeld(FullPath);

    /// <summary>The path of a file in the folder.</summary>
    public string this[string file] => Path.Combine(FullPath, file);

    /// <summary>Finds a run by its folder's path, its number in the database, the beginning of its name, or <c>last</c>.</summary>
    /// <param name="root">The folder that holds the runs.</param>
    /// <param name="run">Which run.</param>
    /// <exception cref="RunException">There is no such run, or more than one.</exception>
    public static RunFolder Find(string root, string run)
    {
        if (File.Exists(Path.Combine(run, ConfigName))) return new RunFolder(run);
        if (RunName.IsNumber(run) && RunStore.OpenExisting(root) is { } store) return Open(root, store.Find(run).Name);
        return Open(root, RunName.Choose(root, run, [.. All(root).Select(folder => folder.Name)]));
    }

    /// <summary>Makes sure, before long work, that runs can be kept in a folder, which need not be there yet.</summary>
    /// <param name="root">The folder that is to hold the runs.</param>
    /// <exception cref="RunException">It is a file, lies in one, or takes no files.</exception>
    public static void RequireWritable(string root)
    {
        try
        {
            AtomicFile.RequireWritableFolder(root);
        }
        catch (IOException e)
        {
            throw new RunException($"No runs can be kept in '{root}': {e.Message}", e);
        }
    }

    /// <summary>The folders of runs, newest first.</summary>
    /// <exception cref="RunException">The folder that holds them cannot be read.</exception>
    internal static IReadOnlyList<RunFolder> All(string root)
    {
        // As with any name of a folder that is another thing's: no fault of an input, but of what is on the disk.
        if (File.Exists(root)) throw new RunException($"There are no runs in '{root}': it is a file. Name the folder of the runs.", new IOException($"'{root}' is a file."));
        try
        {
            return Directory.Exists(root)
                ? [.. Directory.EnumerateDirectories(root).Where(f => File.Exists(Path.Combine(f, ConfigName))).OrderDescending(StringComparer.Ordinal).Select(f => new RunFolder(f))]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The runs in '{Path.GetFullPath(root)}' cannot be listed: {Sentence(e.Message)} Make the folder readable.", e);
        }
    }

    /// <summary>Opens the folder of a run.</summary>
    /// <param name="root">The folder that holds the runs.</param>
    /// <param name="name">The run's name.</param>
    /// <exception cref="RunException">There is no such folder.</exception>
    public static RunFolder Open(string root, string name)
    {
        RunName.Require(name);
        RunFolder folder = new(Path.Combine(root, name));
        return Directory.Exists(folder.FullPath) ? folder : throw new RunException($"The folder of the run '{name}' is gone: there is no '{folder.FullPath}'. Put it back, or remove the run with 'graft runs remove'.");
    }

    /// <summary>Reads the run's configuration.</summary>
    /// <exception cref="RunException">The file is missing, or is not a run's configuration.</exception>
    public RunConfig ReadConfig()
    {
        string what = $"'{ConfigPath}' is not the configuration of a run";
        try
        {
            FileInfo file = new(ConfigPath);
            if (!file.Exists) throw new RunException($"'{FullPath}' is not the folder of a run: it has no {ConfigName}. Name a folder that 'graft train' made.");
            if (file.Length > LargestConfig) throw new RunException($"{what}: it has {file.Length:N0} bytes, and the most is {LargestConfig:N0}. Restore it, or start the run again.");
            RunConfig config = JsonSerializer.Deserialize(File.ReadAllBytes(ConfigPath), RunJson.Default.RunConfig)
                ?? throw new RunException($"{what}: it is empty. Restore it, or start the run again.");
            if (config.Format > RunConfig.CurrentFormat)
                throw new RunException($"'{ConfigPath}' was written by a newer Graft: its format is {config.Format}, and this one reads {RunConfig.CurrentFormat}. Use that Graft.");
            return config;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or FormatException)
        {
            throw new RunException($"{what}: {Sentence(e.Message)} Restore it, or start the run again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"'{ConfigPath}' cannot be read: {Sentence(e.Message)} Make it readable, or start the run again.", e);
        }
    }

    /// <summary>Reads the run's log; lines that are cut or damaged are left out.</summary>
    /// <exception cref="RunException">The log is missing or cannot be read.</exception>
    public RunHistory ReadLog() => RunLog.Read(LogPath);

    /// <summary>The run as its folder tells it; null where an older Graft kept how it stands in the database alone, and <paramref name="row"/> knows it.</summary>
    /// <param name="row">What the database knows of the run.</param>
    /// <exception cref="RunException">The folder cannot be read.</exception>
    internal RunSummary? Summary(RunSummary? row)
    {
        RunConfig config = ReadConfig();
        if (ReadStatus() is { } status) return status.Summary(Name, config);
        bool hasEnded = File.Exists(ModelPath) && !IsRunning;
        if (row is not null && !(row.State == RunState.Running && hasEnded)) return null;
        IReadOnlyList<EpochMetrics> epochs = ReadLog().Epochs;

        // Such a run wrote its model at its end, and until then had no other way to say so.
        RunState state = hasEnded ? RunState.Finished : RunState.Running;
        return RunStatus.Of(state, epochs, epochs.Sum(e => e.Seconds ?? 0), new RunResult { Model = state == RunState.Finished ? ModelPath : null }).Summary(Name, config);
    }

    /// <summary>Writes how the run stands.</summary>
    internal void WriteStatus(RunStatus status) => Write(StatusName, stream => JsonSerializer.Serialize(stream, status, RunJson.Default.RunStatus));

    private RunStatus? ReadStatus()
    {
        string path = this[StatusName];
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), RunJson.Default.RunStatus) : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new RunException($"'{path}', which says how the run stands, cannot be read: {Sentence(e.Message)} Delete it: the run's log and model say it, too.", e);
        }
    }

    /// <summary>Makes the folder of a new run, and its lock.</summary>
    internal static (RunFolder Folder, RunLock Lock) Create(string root, string data, TimeProvider time)
    {
        RequireWritable(root);
        string name = $"{time.GetLocalNow().ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture)}-{Label(data)}";
        try
        {
            for (int suffix = 1; ; suffix++)
            {
                string path = Path.Combine(root, suffix == 1 ? name : $"{name}-{suffix}");
                if (Directory.Exists(path) || File.Exists(path)) continue;
                Directory.CreateDirectory(path);
                try
                {
                    return (new RunFolder(path), RunLock.Make(path));
                }
                catch (IOException) when (RunLock.IsHeld(path))
                {
                    // Another process made the same name in the same second.
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"No folder for the run can be made in '{Path.GetFullPath(root)}': {Sentence(e.Message)} Choose another folder for the runs.", e);
        }
    }

    /// <summary>Writes the run's configuration.</summary>
    internal void WriteConfig(RunConfig config) => Write(ConfigName, stream =>
    {
        using Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        JsonSerializer.Serialize(writer, config, RunJson.Default.RunConfig);
    });

    /// <summary>Writes a file whole or not at all.</summary>
    internal void Write(string file, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(this[file], write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(this[file], e);
        }
    }

    /// <summary>The error for a file of the run that cannot be written: what happened to it, and what the user can do.</summary>
    internal static RunException NotWritten(string path, Exception cause)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) return new RunException($"The run's folder '{folder}' was deleted or moved while the run was going. Put it back and resume the run, or start it again.", cause);
        if (cause is FileNotFoundException) return new RunException($"'{path}' was deleted or moved while the run was going. Put it back and resume the run, or start it again.", cause);
        return new RunException($"The run cannot write '{path}': {Sentence(cause.Message)} Its last checkpoint is kept: make room or restore the rights, then resume the run.", cause);
    }

    /// <summary>A system's message as a sentence.</summary>
    internal static string Sentence(string message) => message.TrimEnd().TrimEnd('.') + ".";

    /// <summary>What the data are called, fit for a file's name.</summary>
    private static string Label(string data)
    {
        string last = data.Split(['/', '\\', ':'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(part => part is not ("." or "..")) ?? "";
        string plain = string.Concat(last.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
        string label = string.Join('-', plain.Split('-', StringSplitOptions.RemoveEmptyEntries));
        if (label.Length > LongestLabel) label = label[..LongestLabel].TrimEnd('-');
        return label.Length > 0 ? label : "run";
    }
}
