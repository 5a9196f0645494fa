using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs.Tasks;

public class SequenceClassifierTests
{
    /// <summary>Rising, falling, and rising then falling chirps of different lengths, in noise: the same values in another order.</summary>
    private static (List<Matrix> Sequences, List<int> Labels) Chirps(int count, ulong seed)
    {
        List<Matrix> sequences = [];
        List<int> labels = [];
        for (int i = 0; i < count; i++)
        {
            Philox random = new(seed, (ulong)i);
            int label = i % 3, rows = 30 + random.Index(0, 30);
            double phase = 0;
            Matrix sequence = new(rows, 2);
            for (int t = 0; t < rows; t++)
            {
                double part = (double)t / rows, speed = label switch { 0 => part, 1 => 1 - part, _ => 1 - Math.Abs((2 * part) - 1) };
                phase += 0.1 + (0.8 * speed);
                sequence[t, 0] = Math.Sin(phase) + (0.1 * random.Normal((ulong)(2 * t) + 10));
                sequence[t, 1] = 5 + (0.3 * random.Normal((ulong)(2 * t) + 11));
            }

            sequences.Add(sequence);
            labels.Add(label);
        }

        return (sequences, labels);
    }

    [Theory]
    [InlineData(SequencePooling.Segments, 0, 2)]
    [InlineData(SequencePooling.Mean, 0, 2)]
    [InlineData(SequencePooling.Last, 3, 60)]
    public void SequencesAreTold(SequencePooling pooling, int least, int most)
    {
        (List<Matrix> sequences, List<int> labels) = Chirps(150, 1);
        (List<Matrix> test, List<int> truth) = Chirps(120, 2);
        SequenceClassifier classifier = SequenceClassifier.Fit(sequences, labels, new() { Pooling = pooling }, TestContext.Current.CancellationToken);
        int[] classes = classifier.Classify(test, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(classes[7], classifier.Classify(test[7]));
        Assert.InRange(Enumerable.Range(0, 120).Count(i => classes[i] != truth[i]), least, most);
    }

    [Fact]
    public void PoolingIsWhatItSays()
    {
        Matrix sequence = new(5, 1, [1, 2, 3, 4, 5]), other = new(2, 1, [0, 1]);
        foreach (SequencePooling pooling in Enum.GetValues<SequencePooling>())
        {
            SequenceClassifier classifier = SequenceClassifier.Fit([sequence, other], [0, 1], new()
            {
                Pooling = pooling,
                Segments = 2,
                InputScaling = ScalingMethod.None,
                Reservoir = new() { Units = 3, PassInputs = true, LeakRate = 1, InputScaling = 0.1 },
                Readout = new() { Penalty = 1 },
            }, TestContext.Current.CancellationToken);

            // A readout that picks the input out of the features: the last of them.
            Matrix weights = new(classifier.Readout.Features, 2);
            for (int s = 0; s < weights.Rows / 4; s++) weights[(4 * s) + 3, s] = 1;
            Matrix scores = (classifier with { Readout = new(weights, [0, 0]) }).Score([sequence, new Matrix(1, 1, [7])], cancellation: TestContext.Current.CancellationToken);
            double[] expected = pooling switch { SequencePooling.Mean => [3, 0, 7, 0], SequencePooling.Last => [5, 0, 7, 0], _ => [1.5, 4, 7, 7] };
            for (int i = 0; i < 4; i++) Assert.Equal(expected[i], scores.Values[i], 1e-12);
        }
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Assert.Equal("A classifier is fitted on sequences with a label each, not on 1 sequences and 0 labels.", Error(() => SequenceClassifier.Fit([new Matrix(1, 1)], [])));
        Assert.Equal("Labels are numbers from 0, of at least two classes. Number the classes one after the other.", Error(() => SequenceClassifier.Fit([new Matrix(1, 1)], [0])));
        Assert.Equal("Sequences have rows of 1 series; sequence 1 is 0 x 1.", Error(() => SequenceClassifier.Fit([new Matrix(1, 1), new Matrix(0, 1)], [0, 1])));
    }

    private static string Error(Action action) => Assert.Throws<GraftException>(action).Message;
}
