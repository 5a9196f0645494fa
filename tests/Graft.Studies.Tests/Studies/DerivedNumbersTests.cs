using Graft.Models;
using Graft.Networks;
using Graft.Studies.Output;

namespace Graft.Studies.Tests.Studies;

/// <summary>What studies work out of what they measured.</summary>
public sealed class DerivedNumbersTests(Drawings drawings) : IClassFixture<Drawings>
{
    [Fact]
    public void DomainShiftKeepsAPartOfTheAccuracyOnPhotographs()
    {
        IReadOnlyList<Row> rows = Run("domain-shift");
        Assert.Equal(["batch norm", "instance norm", "IBN-a", "IBN-b"], rows.Select(row => row.Series).Distinct());
        Assert.Equal(4 * (4 + 3), rows.Count);
        foreach (IGrouping<string, Row> line in rows.GroupBy(row => row.Series))
        {
            double[] accuracies = [.. line.Where(row => row.Measure == "accuracy").OrderBy(row => row.X).Select(row => row.Value)];
            Assert.All(accuracies, value => Assert.InRange(value, 0, 1));
            Assert.Equal(accuracies.Skip(1).Select(value => value / accuracies[0]), line.Where(row => row.Measure == "accuracy_kept").OrderBy(row => row.X).Select(row => row.Value));
        }
    }

    [Fact]
    public void MultipliersPutEachNetworkAtItsMultiplyAdds()
    {
        IReadOnlyList<Row> rows = Run("multipliers");
        Row narrow = rows.Single(row => row is { Measure: "accuracy_by_million_multiply_adds", Series: "MobileNetV2: pixels at width 0.25" } && row.X == Million(32, 0.25));
        Row same = rows.Single(row => row is { Measure: "accuracy_by_million_multiply_adds", Series: "MobileNetV2: width at 32 px" } && row.X == Million(32, 0.25));
        Assert.Equal(narrow.Value, same.Value);
        Assert.Contains(rows, row => row is { Measure: "accuracy_by_million_multiply_adds", Series: "MobileNetV2: pixels at width 0.25" } && row.X == Million(40, 0.25));
        Assert.Contains(rows, row => row is { Measure: "accuracy_by_million_multiply_adds", Series: "MobileNetV2: width at 32 px" } && row.X == Million(32, 0.5));
        Assert.All(rows.Where(row => row.Measure == "milliseconds_by_million_multiply_adds"), row => Assert.True(row.Value > 0));
        Assert.Equal(8, rows.Count(row => row.Measure == "accuracy_by_milliseconds"));
    }

    [Fact]
    public void TransferComparesFineTuningWithTheReadoutOfTheSameImages()
    {
        IReadOnlyList<Row> rows = Run("transfer");
        Row[] gains = [.. rows.Where(row => row.Measure == "gain_over_readout")];
        Assert.Equal(4, gains.Length);
        Assert.All(gains, gain => Assert.Equal(Accuracy(gain.Series, gain.X) - Accuracy("readout", gain.X), gain.Value));
        Assert.Equal([3, 6], rows.Select(row => row.X).Distinct().Order());

        double Accuracy(string series, double x) => rows.Single(row => row.Measure == "accuracy" && row.Series == series && row.X == x).Value;
    }

    private static double Million(int side, double width) => new NetworkSummary(MobileNetV2.Trunk(new TrunkOptions { Resolution = side, Width = width }).WithHead(5, dropout: 0)).MultiplyAdds / 1e6;

    private IReadOnlyList<Row> Run(string name) =>
        StudyTool.Studies.Single(study => study.Name == name).Run(new StudyContext(drawings.Source, cancellation: TestContext.Current.CancellationToken) { Quick = true, Seeds = 1, Threads = 2 });
}
