using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Online;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;
using Graft.Tests.Numerics;
using Graft.Tests.Readouts;
using Graft.Threads;

namespace Graft.Tests.Threads;

/// <summary>A number of threads reaches everything: whoever asks for one gets all work done on the calling thread.</summary>
public class ThreadCountTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Works => [.. All.Keys];

    // Each large enough for every part of it that can be divided to be divided.
    private static Dictionary<string, Action<int>> All { get; } = new()
    {
        ["ridge readout"] = threads => RidgeReadout.Fit(Blobs.Make(700, 300, 4), new RidgeOptions { Threads = threads }, null, Cancellation),
        ["ridge readout of few rows"] = threads => RidgeReadout.Fit(Blobs.Make(300, 400, 4), new RidgeOptions { Standardize = true, Threads = threads }, null, Cancellation),
        ["ridge readout by folds"] = threads => RidgeReadout.Fit(Blobs.Make(700, 300, 4), new RidgeOptions { Selection = PenaltySelection.Folds, Threads = threads }, null, Cancellation),
        ["ridge regression by QR"] = threads => Regression(new() { Choice = PenaltyChoice.LeaveOneOut, GridPoints = 5, Threads = threads }),
        ["ridge regression by products"] = threads => Regression(new() { Solver = RidgeSolver.Gram, Threads = threads }),
        ["ridge regression by folds"] = threads => Regression(new() { Solver = RidgeSolver.SingleGram, Choice = PenaltyChoice.RandomFolds, Threads = threads }),
        ["logistic readout"] = threads => LogisticReadout.Fit(Blobs.Make(700, 300, 4), new LogisticOptions { GridPoints = 3, Threads = threads }, null, Cancellation),
        ["scores"] = threads => new LinearReadout(new float[300 * 300], new float[300]).Score(new float[300 * 600], threads),
        ["outputs"] = threads => new LinearMap(new Matrix(300, 300), new double[300]).Apply(new Matrix(600, 300), threads),
        ["QR"] = threads => QR.Factor(Samples.Random(500, 300, 1), threads).SolveLeastSquares(Samples.Random(500, 40, 2)),
        ["Cholesky"] = threads => Cholesky.Factor(Samples.Random(500, 300, 1).Gram(threads), threads).Solve(Samples.Random(300, 300, 2)),
        ["singular values"] = threads => Svd.Decompose(Samples.Random(300, 200, 1), threads, Cancellation),
        ["eigenvalues"] = threads => SymmetricEigen.Decompose(Samples.Random(500, 300, 1).Gram(threads), threads, Cancellation),
        ["products"] = threads => Samples.Random(300, 300, 1).Multiply(Samples.Random(300, 300, 2), threads).TransposeMultiply(Matrix.Identity(300), threads).MultiplyTranspose(Matrix.Identity(300), threads).OuterGram(threads),
        ["recursive least squares"] = threads => new RecursiveLeastSquares(300, 2, new() { Threads = threads }).Update(Samples.Random(400, 300, 1), Samples.Random(400, 2, 2)),
        ["conceptors"] = threads => Conceptor.Of(Samples.Random(400, 300, 1), 10, threads).Or(Conceptor.Of(Samples.Random(400, 300, 2), 10, threads)).Adapt(2),
        ["orthogonal reservoir"] = threads => Reservoir.Create(new() { Units = 300, Topology = ReservoirTopology.Orthogonal }, threads: threads),
        ["random reservoir"] = threads => Reservoir.Create(new() { Units = 2000 }, threads: threads),
        ["echo state network"] = threads => EchoStateNetwork.FitSeries(TaskSeries(800), new() { Reservoir = new() { Units = 300 }, Threads = threads }, Cancellation),
        ["forecaster"] = threads => Forecaster.Fit(TaskSeries(400), new() { Network = new() { Threads = threads } }, null, Cancellation),
        ["sequence classifier"] = threads => SequenceClassifier.Fit([TaskSeries(40), TaskSeries(50), TaskSeries(60)], [0, 1, 1], new() { Threads = threads }, Cancellation).Score([TaskSeries(30), TaskSeries(35)], threads, Cancellation),
    };

    [Theory]
    [MemberData(nameof(Works))]
    public void OneThreadIsTheCallingOne(string work)
    {
        int before = WorkerPool.Opened;
        All[work](1);
        Assert.Equal(before, WorkerPool.Opened);
    }

    [Theory]
    [MemberData(nameof(Works))]
    public void SeveralThreadsAreUsed(string work)
    {
        int before = WorkerPool.Opened;

        // A number that nothing else asks for: its pool is never busy.
        All[work](7);
        Assert.True(WorkerPool.Opened > before, $"{work} used no second thread: the other test would show nothing.");
    }

    [Fact]
    public void NegativeNumbersAreRefused()
    {
        const string message = "The number of threads must not be negative; 0 is one per processor. (Parameter 'Threads')\nActual value was -1.";
        foreach (Func<object> options in (Func<object>[])[
            () => new RidgeOptions { Threads = -1 }, () => new RidgeRegressionOptions { Threads = -1 }, () => new LogisticOptions { Threads = -1 }, () => new RecursiveLeastSquaresOptions { Threads = -1 },
            () => new EchoStateNetworkOptions { Threads = -1 }, () => new SequenceClassifierOptions { Threads = -1 }, () => new PatternMemoryOptions { Threads = -1 }])
        {
            Assert.Equal(message, Assert.Throws<ArgumentOutOfRangeException>(() => options()).Message.ReplaceLineEndings("\n"));
        }
    }

    private static void Regression(RidgeRegressionOptions options) => RidgeRegression.Fit(Samples.Random(1200, 300, 1), Samples.Random(1200, 2, 2), options, Cancellation);

    private static Matrix TaskSeries(int rows) => new(rows, 1, [.. Enumerable.Range(0, rows).Select(t => Math.Sin(t * 0.2) + Math.Sin(t * 0.311))]);
}
