using Graft.Cli.TableFiles;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Tests that read small tables of their own.</summary>
public abstract class TableTest : IDisposable
{
    /// <summary>Where they write.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("graft-tables-").FullName;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected SeriesTable Read(string text, TableOptions? options = null, params string[] targets) =>
        TableReader.Read(Write(text), new() { Targets = targets.Length > 0 ? targets : ["x"], Options = options ?? new() }, Cancellation);

    private protected string Fails(string text, TableOptions? options = null) => Assert.Throws<GraftException>(() => Read(text, options)).Message;

    /// <summary>Writes a CSV file.</summary>
    protected string Write(string text)
    {
        string path = Path.Combine(Folder, "t.csv");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A table with times and a column x that counts rows from 0.</summary>
    protected static string Rows(IEnumerable<string> times) => "t;x\n" + string.Join("\n", times.Select((time, i) => $"{time};{i}"));
}
