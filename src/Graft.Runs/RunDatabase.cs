using Microsoft.Data.Sqlite;

namespace Graft.Runs;

/// <summary>The file of the database: its layout, its locks, and what can be wrong with it.</summary>
internal sealed class RunDatabase(string path)
{
    /// <summary>"GRFT": marks a file as a database of runs.</summary>
    private const long Application = 0x47524654;

    private const long Layout = 2;

    private const string LayoutOf = "PRAGMA user_version";

    private const int ReadOnly = 8, CantOpen = 14;

    /// <summary>How long to wait for another process, in seconds.</summary>
    internal const int Patience = 5;

    private const string Schema = """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL,
            state TEXT NOT NULL,
            command TEXT NOT NULL,
            data TEXT NOT NULL,
            classes INTEGER NOT NULL,
            images INTEGER NOT NULL,
            trunk TEXT NOT NULL,
            mode TEXT NOT NULL,
            seed TEXT NOT NULL,
            epochs_done INTEGER NOT NULL,
            epochs_planned INTEGER NOT NULL,
            val_score REAL,
            val_loss REAL,
            seconds REAL NOT NULL,
            model TEXT,
            message TEXT,
            score_name TEXT NOT NULL DEFAULT 'top1'
        ) STRICT;
        CREATE TABLE epochs (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            step INTEGER NOT NULL,
            phase TEXT,
            train_loss REAL,
            val_loss REAL,
            val_score REAL,
            rate REAL,
            seconds REAL,
            learned_loss REAL,
            learned_score REAL,
            PRIMARY KEY (run, epoch)
        ) STRICT, WITHOUT ROWID;
        """;

    /// <summary>What makes the second layout of the first, whose runs had no score but top-1.</summary>
    private const string FromFirst = """
        ALTER TABLE runs RENAME COLUMN val_top1 TO val_score;
        ALTER TABLE runs ADD COLUMN score_name TEXT NOT NULL DEFAULT 'top1';
        ALTER TABLE epochs RENAME COLUMN val_top1 TO val_score;
        ALTER TABLE epochs DROP COLUMN train_top1;
        ALTER TABLE epochs ADD COLUMN learned_loss REAL;
        ALTER TABLE epochs ADD COLUMN learned_score REAL;
        """;

    /// <summary>Whether there is a database.</summary>
    public bool Exists => File.Exists(path);

    /// <summary>Does something with the database, which is made where there is none.</summary>
    /// <exception cref="RunException">The database is locked, broken, another program's, or cannot be written.</exception>
    public T Use<T>(Func<SqliteConnection, T> work) => Guard(() =>
    {
        using SqliteConnection connection = Open(path, SqliteOpenMode.ReadWriteCreate);
        Prepare(connection);
        return work(connection);
    });

    /// <summary>Reads from the database, with no need to write to it or beside it.</summary>
    /// <param name="work">What is read, with whether the database is of the first layout still.</param>
    /// <exception cref="RunException">The database is locked, broken, another program's, or cannot be read.</exception>
    public T Read<T>(Func<SqliteConnection, bool, T> work) => Guard(() =>
    {
        try
        {
            return Read(path, work);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is CantOpen or ReadOnly && new FileInfo(path + "-wal") is { Exists: false } or { Length: 0 })
        {
            // Readers of such a database note beside it that they read. Where that can't be, nobody can write either, and it is read as it lies there.
            return Read($"file:{Uri.EscapeDataString(path).Replace("%2F", "/")}?immutable=1", work);
        }
    });

    private T Read<T>(string source, Func<SqliteConnection, bool, T> work)
    {
        using SqliteConnection connection = Open(source, SqliteOpenMode.ReadOnly);
        return work(connection, Check(connection) == 1);
    }

    // Not pooled: a pool would keep the file open in a folder that the user may want to delete.
    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false, DefaultTimeout = Patience, ForeignKeys = true }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw Explain(e);
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException or ArgumentException)
        {
            throw new RunException($"'{path}' holds values that Graft did not write: {RunFolder.Sentence(e.Message)} {Remedy}", e);
        }
    }

    private static string Remedy => "Move it away: Graft makes a new one, and the runs' folders keep their configuration, log and model.";

    private void Prepare(SqliteConnection connection)
    {
        if (Number(connection, "PRAGMA application_id") == 0)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();

            // Another process may have been first.
            if (Number(connection, "PRAGMA application_id", transaction) == 0)
            {
                if (Number(connection, "SELECT count(*) FROM sqlite_schema", transaction) != 0) throw Foreign();
                Execute(connection, Schema, transaction);
                Execute(connection, $"PRAGMA application_id = {Application}; PRAGMA user_version = {Layout}", transaction);
            }

            transaction.Commit();
        }

        if (Check(connection) < Layout)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            if (Number(connection, LayoutOf, transaction) < Layout) Execute(connection, $"{FromFirst} PRAGMA user_version = {Layout}", transaction);
            transaction.Commit();
        }

        // Readers and a writer do not wait for each other. It is a property of the file, and stays.
        if (Text(connection, "PRAGMA journal_mode") != "wal") Text(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = NORMAL");
    }

    /// <summary>The layout of a database that this version can read.</summary>
    private long Check(SqliteConnection connection)
    {
        if (Number(connection, "PRAGMA application_id") != Application) throw Foreign();
        long layout = Number(connection, LayoutOf);
        return layout <= Layout ? layout : throw new RunException($"'{path}' was written by a newer Graft: its layout is {layout}, and this one reads {Layout}. Use that Graft, or another folder for the runs.");
    }

    private RunException Foreign() => new($"'{path}' is another program's database: it has none of Graft's marks. Move it away, or use another folder for the runs.");

    private RunException Explain(SqliteException e)
    {
        const int Busy = 5, Locked = 6, Corrupt = 11, NotADatabase = 26;
        return e.SqliteErrorCode switch
        {
            Busy or Locked => new RunException($"The database of runs '{path}' is locked: another program has kept it for more than {Patience} s. Close that program and try again.", e),
            Corrupt or NotADatabase => new RunException($"'{path}' is not a whole SQLite database. {Remedy}", e),
            _ => new RunException($"The database of runs '{path}' cannot be used: {RunFolder.Sentence(e.Message)} See that its folder is there, has room and can be written to.", e),
        };
    }

    private static void Execute(SqliteConnection connection, string text, SqliteTransaction? transaction = null)
    {
        using SqliteCommand command = Command(connection, text, transaction);
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string text, SqliteTransaction? transaction = null)
    {
        using SqliteCommand command = Command(connection, text, transaction);
        return (long)command.ExecuteScalar()!;
    }

    private static string Text(SqliteConnection connection, string text)
    {
        using SqliteCommand command = Command(connection, text, null);
        return (string)command.ExecuteScalar()!;
    }

    private static SqliteCommand Command(SqliteConnection connection, string text, SqliteTransaction? transaction)
    {
        SqliteCommand command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (text, transaction);
        return command;
    }
}
