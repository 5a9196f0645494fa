using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Graft.Runs;

/// <summary>The rows of the database of runs.</summary>
internal sealed class RunTable(RunDatabase database)
{
    /// <summary>Whether there is a database.</summary>
    public bool Exists => database.Exists;

    /// <summary>Writes a run and its epochs in place of what was known of the run of that name.</summary>
    /// <returns>The run's number.</returns>
    public long Save(RunSummary run, IReadOnlyList<EpochMetrics> epochs) => database.Use(connection =>
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        (string, object?)[] values =
        [
            ("name", run.Name), ("created", run.Created.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("state", run.State.ToString().ToLowerInvariant()),
            ("command", run.Command), ("data", run.Data), ("classes", run.Classes), ("images", run.Images), ("trunk", run.Trunk), ("mode", run.Mode),
            ("seed", run.Seed.ToString(CultureInfo.InvariantCulture)), ("epochs_done", run.EpochsDone), ("epochs_planned", run.EpochsPlanned),
            ("val_score", run.ValScore), ("val_loss", run.ValLoss), ("seconds", run.Seconds), ("model", run.Model), ("message", run.Message), ("score_name", run.ScoreName),
        ];

        // Not in one statement: a conflict would use up a number.
        using SqliteCommand update = Command(connection, transaction, """
            UPDATE runs SET created = $created, state = $state, command = $command, data = $data, classes = $classes, images = $images, trunk = $trunk, mode = $mode, seed = $seed,
                epochs_done = $epochs_done, epochs_planned = $epochs_planned, val_score = $val_score, val_loss = $val_loss, seconds = $seconds, model = $model, message = $message,
                score_name = $score_name
            WHERE name = $name RETURNING id
            """, values);
        using SqliteCommand insert = Command(connection, transaction, """
            INSERT INTO runs (name, created, state, command, data, classes, images, trunk, mode, seed, epochs_done, epochs_planned, val_score, val_loss, seconds, model, message, score_name)
            VALUES ($name, $created, $state, $command, $data, $classes, $images, $trunk, $mode, $seed, $epochs_done, $epochs_planned, $val_score, $val_loss, $seconds, $model, $message, $score_name)
            RETURNING id
            """, values);
        long id = (long)(update.ExecuteScalar() ?? insert.ExecuteScalar())!;
        using SqliteCommand clear = Command(connection, transaction, "DELETE FROM epochs WHERE run = $run", ("run", id));
        clear.ExecuteNonQuery();
        foreach (EpochMetrics epoch in epochs)
        {
            using SqliteCommand add = Command(connection, transaction, """
                INSERT OR REPLACE INTO epochs (run, epoch, step, phase, train_loss, val_loss, val_score, rate, seconds, learned_loss, learned_score)
                VALUES ($run, $epoch, $step, $phase, $train_loss, $val_loss, $val_score, $rate, $seconds, $learned_loss, $learned_score)
                """,
                ("run", id), ("epoch", epoch.Epoch), ("step", epoch.Step), ("phase", epoch.Phase), ("train_loss", epoch.TrainLoss), ("learned_loss", epoch.LearnedLoss), ("learned_score", epoch.LearnedScore),
                ("val_loss", epoch.ValLoss), ("val_score", epoch.ValScore), ("rate", epoch.Rate), ("seconds", epoch.Seconds));
            add.ExecuteNonQuery();
        }

        transaction.Commit();
        return id;
    });

    /// <summary>All runs as they were saved, newest first.</summary>
    public IReadOnlyList<RunSummary> List() => database.Read<IReadOnlyList<RunSummary>>((connection, isFirst) =>
    {
        using SqliteCommand command = Command(connection, null, $"""
            SELECT id, name, created, state, command, data, classes, images, trunk, mode, seed, epochs_done, epochs_planned, {(isFirst ? "val_top1" : "val_score")}, val_loss, seconds, model, message, {(isFirst ? "'top1'" : "score_name")}
            FROM runs ORDER BY created DESC, id DESC
            """);
        using SqliteDataReader reader = command.ExecuteReader();
        List<RunSummary> runs = [];
        while (reader.Read()) runs.Add(Run(reader));
        return runs;
    });

    /// <summary>The epochs of a run, in order.</summary>
    public IReadOnlyList<EpochMetrics> Epochs(long id) => database.Read<IReadOnlyList<EpochMetrics>>((connection, isFirst) =>
    {
        using SqliteCommand command = Command(connection, null,
            $"SELECT epoch, step, phase, train_loss, val_loss, {(isFirst ? "val_top1, rate, seconds, NULL, NULL" : "val_score, rate, seconds, learned_loss, learned_score")} FROM epochs WHERE run = $run ORDER BY epoch", ("run", id));
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
                ValLoss = Number(reader, 4),
                ValScore = Number(reader, 5),
                Rate = Number(reader, 6),
                Seconds = Number(reader, 7),
                LearnedLoss = Number(reader, 8),
                LearnedScore = Number(reader, 9),
            });
        }

        return epochs;
    });

    /// <summary>Forgets a run.</summary>
    public void Remove(RunSummary run) => database.Use(connection =>
    {
        using SqliteCommand command = Command(connection, null, "DELETE FROM runs WHERE id = $id AND name = $name", ("id", run.Id), ("name", run.Name));
        return command.ExecuteNonQuery();
    });

    private static RunSummary Run(SqliteDataReader reader)
    {
        string name = reader.GetString(1);
        RunName.Require(name);
        return new RunSummary
        {
            Id = reader.GetInt64(0),
            Name = name,
            Created = DateTimeOffset.Parse(reader.GetString(2), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            State = Enum.Parse<RunState>(reader.GetString(3), ignoreCase: true),
            Command = reader.GetString(4),
            Data = reader.GetString(5),
            Classes = reader.GetInt32(6),
            Images = reader.GetInt32(7),
            Trunk = reader.GetString(8),
            Mode = reader.GetString(9),
            Seed = ulong.Parse(reader.GetString(10), NumberStyles.None, CultureInfo.InvariantCulture),
            EpochsDone = reader.GetInt32(11),
            EpochsPlanned = reader.GetInt32(12),
            ValScore = Number(reader, 13),
            ValLoss = Number(reader, 14),
            Seconds = reader.GetDouble(15),
            Model = Text(reader, 16),
            Message = Text(reader, 17),
            ScoreName = reader.GetString(18),
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
