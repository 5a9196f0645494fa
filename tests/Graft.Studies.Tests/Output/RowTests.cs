using Graft.Studies.Output;

namespace Graft.Studies.Tests.Output;

public sealed class RowTests : IDisposable
{
    private static readonly Row[] Rows =
    [
        new("error", "a", 2, 0, 0.25), new("error", "a", 2, 1, 0.75), new("error", "b", 4, 0, double.NaN), new("error", "b", 4, 1, 0.5), new("error", "b", 1, 0, 0.125), new("loss", "a", 0.003, 0, 1.5),
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("graft-rows-").FullName;

    [Fact]
    public void AreReadAsWritten()
    {
        string path = Path.Combine(folder, "rows.csv");
        RowFile.Write(path, Rows);
        Assert.Equal("measure,series,x,seed,value\nerror,a,2,0,0.25\nerror,a,2,1,0.75\nerror,b,4,0,NaN\nerror,b,4,1,0.5\nerror,b,1,0,0.125\nloss,a,0.003,0,1.5\n", File.ReadAllText(path));
        Assert.Equal(Rows, RowFile.Read(path));
    }

    [Fact]
    public void AForeignFileIsRefused()
    {
        string path = Path.Combine(folder, "rows.csv");
        File.WriteAllText(path, "measure,series,x,seed,value\nerror,a,two,0,0.25\n");
        Assert.Equal(
            $"Line 2 of '{path}' is not a row of 'measure,series,x,seed,value': 'error,a,two,0,0.25'. Run the study again.",
            Assert.Throws<GraftException>(() => RowFile.Read(path)).Message);
        Assert.Equal($"There is no '{path}x' to draw. Run the study without --plot-only first.", Assert.Throws<GraftException>(() => RowFile.Read(path + "x")).Message);
    }

    [Fact]
    public void SpreadsLeaveOutWhatBrokeDown()
    {
        IReadOnlyList<(string Series, IReadOnlyList<Spread> Points)> spreads = Spread.Of(Rows, "error");
        Assert.Equal(["a", "b"], spreads.Select(s => s.Series));
        Assert.Equal([new Spread(2, 0.5, 0.25, 0.75)], spreads[0].Points);
        Assert.Equal([new Spread(1, 0.125, 0.125, 0.125)], spreads[1].Points);
    }

    [Fact]
    public void TablesHaveAColumnForEachPlace() => Assert.Equal(
        "Error\n\n| batch | 1 | 2 | 4 |\n|---|---|---|---|\n| a | | 50.0 (25.0 to 75.0) | |\n| b | 12.5 | | broke down |\n",
        MarkdownTable.Of(new Chart("error", "Error", "batch", "%") { IsPercent = true }, Rows));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
