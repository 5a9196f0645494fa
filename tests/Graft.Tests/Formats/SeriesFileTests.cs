using System.Collections.Immutable;
using Graft.Formats;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;
using Graft.Tests.Reservoirs;
using Graft.Tests.Reservoirs.Tasks;

namespace Graft.Tests.Formats;

public class SeriesFileTests
{
    internal static Forecaster Small(ForecastStrategy strategy = ForecastStrategy.Recursive)
    {
        Matrix load = TaskSeries.Load(260), table = new(260, 3);
        for (int t = 0; t < 260; t++) (table[t, 0], table[t, 1], table[t, 2]) = (t % 7, load[t, 0], 0.1 * t);
        ForecasterOptions options = new()
        {
            Horizon = 3,
            Targets = [1],
            Known = strategy == ForecastStrategy.Direct ? [] : [0],
            Names = ["weekday", "부하", "a \"b\""],
            Strategy = strategy,
            Differencing = Differencing.First,
            Season = 24,
            Logarithm = true,
            Network = new() { Reservoir = new() { Units = 12, Seed = ulong.MaxValue, PassInputs = true } },
        };
        if (strategy == ForecastStrategy.Direct) options = options with { Logarithm = false };
        else table.Row(0)[2] = 0.05;
        return Forecaster.Fit(table, options) with
        {
            TimeStep = "PT1H",
            LastTime = "2024-02-29T13:00:00Z",
            Provenance = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("source", "test").Add("Z", "1"),
        };
    }

    internal static byte[] Bytes(Forecaster forecaster)
    {
        MemoryStream stream = new();
        SeriesFile.Save(forecaster, stream);
        return stream.ToArray();
    }

    internal static byte[] Bytes(EchoStateNetwork network)
    {
        MemoryStream stream = new();
        SeriesFile.Save(network, stream);
        return stream.ToArray();
    }

    internal static IEnumerable<EchoStateNetwork> Networks()
    {
        Matrix waves = EchoStateNetworkTests.Waves(80);
        ReservoirOptions[] reservoirs =
        [
            new() { Units = 9, Precision = StatePrecision.Float32, LeakRate = 0.2, LeakRateTo = 0.9, SquareHalf = true, Density = 0.5, Layout = WeightLayout.Rows },
            new() { Units = 8, Proximity = 0.1, Rotation = RotationKind.Cycle, InputScalings = [0.5, 0.25], StateNoise = 1e-3, Topology = ReservoirTopology.Cycle },
        ];
        foreach (ReservoirOptions reservoir in reservoirs) yield return EchoStateNetwork.FitSeries(waves, new() { Reservoir = reservoir });
        yield return EchoStateNetwork.FitSeries(waves, new() { Trunk = DeepReservoir.Create([new() { Units = 6 }, new() { Units = 5, Seed = 1 }], 2, inputsToAll: true) });
        yield return EchoStateNetwork.FitSeries(waves, new()
        {
            Trunk = new ParallelReservoir([new NonlinearVectorAutoregression(new() { Delays = 2, Stride = 3, Orders = [2, 3] }, 2), Reservoir.Create(new() { Units = 5 }, 1)], 2, [[1, 0], [1]]),
        });
        yield return EchoStateNetwork.Fit(waves, waves, new() { Reservoir = new() { Units = 7, FeedbackNoise = 1e-2 }, OutputFeedback = true });
        yield return EchoStateNetwork.FitSeries(waves, new() { Reservoir = new() { Units = 6 } }).With(null);
    }

    [Theory]
    [InlineData(ForecastStrategy.Recursive)]
    [InlineData(ForecastStrategy.Direct)]
    public void ForecastersComeBackWhole(ForecastStrategy strategy)
    {
        Forecaster forecaster = Small(strategy), back = SeriesFile.LoadForecaster(new MemoryStream(Bytes(forecaster)));
        Assert.Equal(Bytes(forecaster), Bytes(back));
        Assert.Equal(forecaster.Names, back.Names);
        Assert.Equal(forecaster.Preparation, back.Preparation);
        Assert.Equal(forecaster.State, back.State);
        Assert.Equal(forecaster.Provenance, back.Provenance);
        Assert.Equal((forecaster.TimeStep, forecaster.LastTime, forecaster.Coverage), (back.TimeStep, back.LastTime, back.Coverage));
        Assert.Equal(forecaster.Validation with { NrmseByStep = [], ByTarget = [] }, back.Validation with { NrmseByStep = [], ByTarget = [] });
        Assert.Equal(forecaster.Validation.ByTarget, back.Validation.ByTarget);
        Assert.Equal(forecaster.Validation.NrmseByStep, back.Validation.NrmseByStep);
        Assert.Equal([.. forecaster.Targets, -1, .. forecaster.Known], (int[])[.. back.Targets, -1, .. back.Known]);
        Assert.Equal((forecaster.IsDirect, forecaster.Horizon), (back.IsDirect, back.Horizon));
        Assert.Equal(forecaster.Model.Levels.Values, back.Model.Levels.Values);

        // To the last bit, also after it went on.
        Matrix known = strategy == ForecastStrategy.Direct ? new Matrix(3, 0) : new Matrix(3, 1, [1, 2, 3]), next = new(2, 3, [1, 510, 26, 2, double.NaN, 27]);
        Assert.Equal(forecaster.Forecast(3, known).High.Values, back.Forecast(3, known).High.Values);
        Assert.Equal(forecaster.Observe(next).Forecast(3, known).Value.Values, SeriesFile.LoadForecaster(new MemoryStream(Bytes(back.Observe(next)))).Forecast(3, known).Value.Values);
    }

    [Fact]
    public void NetworksComeBackWhole()
    {
        foreach (EchoStateNetwork network in Networks())
        {
            EchoStateNetwork back = SeriesFile.LoadNetwork(new MemoryStream(Bytes(network)));
            Assert.Equal(Bytes(network), Bytes(back));
            if (network.Trunk is Reservoir before)
            {
                Reservoir after = (Reservoir)back.Trunk;
                Assert.Equal(before.Options.InputScalings, after.Options.InputScalings);
                Assert.Equal(before.Options with { InputScalings = null }, after.Options with { InputScalings = null });
            }

            Assert.Equal((network.Trunk.GetType(), network.Trunk.Precision, network.Trunk.Features), (back.Trunk.GetType(), back.Trunk.Precision, back.Trunk.Features));
            Assert.Equal(network.State, back.State);
            Assert.Equal((network.Penalty, network.PredictsInputs), (back.Penalty, back.PredictsInputs));
            Matrix waves = EchoStateNetworkTests.Waves(30, 80);
            Assert.Equal(network.Continue(waves).Outputs.Values, back.Continue(waves).Outputs.Values);
        }
    }

    [Fact]
    public void FilesAreWrittenWholeAndReadFromDisk()
    {
        string folder = Directory.CreateTempSubdirectory("graft").FullName, path = Path.Combine(folder, "x.graft");
        Forecaster forecaster = Small();
        SeriesFile.Save(forecaster, path);
        Assert.Equal(forecaster.State, SeriesFile.LoadForecaster(path).State);
        Assert.Equal(["x.graft"], Directory.GetFiles(folder).Select(Path.GetFileName));
        EchoStateNetwork network = Networks().First();
        SeriesFile.Save(network, path);
        Assert.Equal(network.State, SeriesFile.LoadNetwork(path).State);

        // Any safetensors reader opens it.
        Assert.Equal([network.Trunk.Features, 2], Safetensors.Read(path).Tensors["readout.weights"].Shape);
        Directory.Delete(folder, true);
    }

    [Fact]
    public void KindsAreToldApart()
    {
        byte[] forecaster = Bytes(Small()), network = Bytes(Networks().First()), model = ModelFileTests.Bytes(ModelFileTests.EveryOperation());
        Assert.Equal("x: it holds a forecaster of series, not a network for images. Use it with `graft forecast`.", Error(() => ModelFile.Load(new MemoryStream(forecaster), "x")));
        Assert.Equal("x: it holds a network for images, not a forecaster of series. Use it with `graft predict`.", Error(() => SeriesFile.LoadForecaster(new MemoryStream(model), "x")));
        Assert.Equal("x: it holds an echo state network for series, not a forecaster of series.", Error(() => SeriesFile.LoadForecaster(new MemoryStream(network), "x")));
        Assert.Equal("x: it holds a forecaster of series, not an echo state network for series.", Error(() => SeriesFile.LoadNetwork(new MemoryStream(forecaster), "x")));
    }

    [Fact]
    public void EveryCutIsRefused()
    {
        byte[] bytes = Bytes(Small());
        for (int length = 0; length < bytes.Length; length += 1 + (length / 50)) Assert.StartsWith("x", Error(() => SeriesFile.LoadForecaster(new MemoryStream(bytes[..length]), "x")));
    }

    private static string Error(Action action) => Assert.Throws<WeightFileException>(action).Message;
}
