using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Graft.Runs;

/// <summary>
/// The database of runs, <c>runs.db</c> in the folder that holds them: an index, so that runs can be listed and compared. Several processes may use it at once.
/// Everything in it but the states is in the runs' folders too.
/// </summary>
public sealed class RunStore
{
    private readonly RunDatabase database;

    private RunStore(string root)
    {
        Root = Path.GetFullPath(root);
        database = new RunDatabase(Path.Combine(Root, "runs.db"));
    }

    /// <summary>The folder that holds the runs.</summary>
    public string Root { get; }

    /// <summary>Opens the database of a folder, which is made on the first <see cref="Save"/>.</summary>
    public static RunStore Open(string root) => new(root);

    /// <summary>Opens the database of a folder; null where there is none yet.</summary>
    public static RunStore? OpenExisting(string root)
    {
        RunStore store = new(root);
        return File.Exists(store.database.FilePath) ? store : null;
    }

    /// <summary>Writes a run and its epochs in place of what was known of the run of that name.</summary>
    /// <returns>The run's number.</returns>
    /// <exception cref="RunException">The database is locked, broken, another program's, or cannot be written.</exception>
    public long Save(RunSummary run, IReadOnlyList<EpochMetrics> epochs) => database.Use(connection =>
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        (string, object?)[] values =
        [
            ("name", run.Name), ("created", run.Created.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("state", run.State.ToString().ToLowerInvariant()),
            ("command", run.Command), ("data", run.Data), ("classes", run.Classes), ("images", run.Images), ("trunk", run.Trunk), ("mode", run.Mode),
            ("seed", run.Seed.ToString(CultureInfo.InvariantCulture)), ("epochs_done", run.EpochsDone), ("epochs_planned", run.EpochsPlanned),
            ("val_top1", run.ValTop1), ("val_loss", run.ValLoss), ("seconds", run.Seconds), ("model", run.Model), ("message", run.Message),
        ];

        // Not in one statement: a conflict would use up a number.
        using SqliteCommand update = Command(connection, transaction, """
            UPDATE runs SET created = $created, state = $state, command = $command, data = $data, classes = $classes, images = $images, trunk = $trunk, mode = $mode, seed = $seed,
                epochs_done = $epochs_done, epochs_planned = $epochs_planned, val_top1 = $val_top1, val_loss = $val_loss, seconds = $seconds, model = $model, message = $message
            WHERE name = $name RETURNING id
            """, values);
        using SqliteCommand insert = Command(connection, transaction, """
            INSERT INTO runs (name, created, state, command, data, classes, images, trunk, mode, seed, epochs_done, epochs_planned, val_top1, val_loss, seconds, model, message)
            VALUES ($name, $created, $state, $command, $data, $classes, $images, $trunk, $mode, $seed, $epochs_done, $epochs_planned, $val_top1, $val_loss, $seconds, $model, $message)
            RETURNING id
            """, values);
        long id = (long)(update.ExecuteScalar() ?? insert.ExecuteScalar())!;
        using SqliteCommand clear = Command(connection, transaction, "DELETE FROM epochs WHERE run = $run", ("run", id));
        clear.ExecuteNonQuery();
        foreach (EpochMetrics epoch in epochs)
        {
            using SqliteCommand add = Command(connection, transaction, """
                INSERT OR REPLACE INTO epochs (run, epoch, step, phase, train_loss, train_top1, val_loss, val_top1, rate, seconds)
                VALUES ($run, $epoch, $step, $phase, $train_loss, $train_top1, $val_loss, $val_top1, $rate, $seconds)
                """,
                ("run", id), ("epoch", epoch.Epoch), ("step", epoch.Step), ("phase", epoch.Phase), ("train_loss", epoch.TrainLoss), ("train_top1", epoch.TrainTop1),
                ("val_loss", epoch.ValLoss), ("val_top1", epoch.ValTop1), ("rate", epoch.Rate), ("seconds", epoch.Seconds));
            add.ExecuteNonQuery();
        }

        transaction.Commit();
        return id;
    });

    /// <summary>All runs, newest first. A run whose process is gone is <see cref="RunState.Dead"/>.</summary>
    /// <exception cref="RunException">The database is locked, broken or another program's.</exception>
    public IReadOnlyList<RunSummary> List() => database.Use<IReadOnlyList<RunSummary>>(connection =>
    {
        using SqliteCommand command = Command(connection, null, """
            SELECT id, name, created, state, command, data, classes, images, trunk, mode, seed, epochs_done, epochs_planned, val_top1, val_loss, seconds, model, message
            FROM runs ORDER BY created DESC, id DESC
            """);
        using SqliteDataReader reader = command.ExecuteReader();
        List<RunSummary> runs = [];
        while (reader.Read()) runs.Add(Run(reader));
        return runs;
    });

    /// <summary>The run that a user means.</summary>
    /// <param name="run">A run's number, the beginning of its name, or <c>last</c>.</param>
    /// <exception cref="RunException">There is no such run, or more than one; or the database cannot be read.</exception>
    public RunSummary Find(string run)
    {
        IReadOnlyList<RunSummary> all = List();
        if (all.FirstOrDefault(r => RunName.Is(r.Id, run)) is { } numbered) return numbered;
        string name = RunName.Choose(Root, run, [.. all.Select(r => r.Name)]);
        return all.First(r => r.Name == name);
    }

    /// <summary>The epochs of a run, in order.</summary>
    /// <exception cref="RunException">The database is locked, broken or another program's.</exception>
    public IReadOnlyList<EpochMetrics> Epochs(long id) => database.Use<IReadOnlyList<EpochMetrics>>(connection =>
    {
        using SqliteCommand command = Command(connection, null,
            "SELECT epoch, step, phase, train_loss, train_top1, val_loss, val_top1, rate, seconds FROM epochs WHERE run = $run ORDER BY epoch", ("run", id));
        using SqliteDataReader reader = command.ExecuteReader();
        List<EpochMetrics> epochs = [];
        while (reader.Read())
        {
            epochs.Add(new EpochMetrics
            {
                Epoch = reader.GetInt32(0),
                Step = reader.GetInt64(1),
                Phase = Text(reader, 2),
                TrainLoss = Number(reader, 3),
                TrainTop1 = Number(reader, 4),
                ValLoss = Number(reader, 5),
                ValTop1 = Number(reader, 6),
                Rate = Number(reader, 7),
                Seconds = Number(reader, 8),
            });
        }

        return epochs;
    });

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

        database.Use(connection =>
        {
            using SqliteCommand command = Command(connection, null, "DELETE FROM runs WHERE id = $id AND name = $name", ("id", run.Id), ("name", run.Name));
            return command.ExecuteNonQuery();
        });
    }

    private RunSummary Run(SqliteDataReader reader)
    {
        string name = reader.GetString(1);
        RunName.Require(name);
        string folder = Path.Combine(Root, name);
        RunState stored = Enum.Parse<RunState>(reader.GetString(3), ignoreCase: true);
        return new RunSummary
        {
            Id = reader.GetInt64(0),
            Name = name,
            Created = DateTimeOffset.Parse(reader.GetString(2), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            State = stored == RunState.Running && !RunLock.IsHeld(folder) ? RunState.Dead : stored,
            FolderMissing = !Directory.Exists(folder),
            Command = reader.GetString(4),
            Data = reader.GetString(5),
            Classes = reader.GetInt32(6),
            Images = reader.GetInt32(7),
            Trunk = reader.GetString(8),
            Mode = reader.GetString(9),
            Seed = ulong.Parse(reader.GetString(10), NumberStyles.None, CultureInfo.InvariantCulture),
            EpochsDone = reader.GetInt32(11),
            EpochsPlanned = reader.GetInt32(12),
            ValTop1 = Number(reader, 13),
            ValLoss = Number(reader, 14),
            Seconds = reader.GetDouble(15),
            Model = Text(reader, 16),
            Message = Text(reader, 17),
        };
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction? transaction, string text, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (text, transaction);

        // SQLite keeps a number that is not finite as none.
        foreach ((string name, object? value) in parameters) command.Parameters.AddWithValue("$" + name, value is null or double.NaN ? DBNull.Value : value);
        return command;
    }

    private static double? Number(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
