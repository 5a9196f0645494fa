using System.Text.Json;
using Graft.Tensors;
using Graft.Training.Losses;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training.Losses;

public class LossTests
{
    private const int Rows = 6, Classes = 5;

    private static readonly int[] Labels = [0, 4, 2, 2, 1, 3];
    private static readonly float[] Probabilities = Uniform(Rows * Classes, 2, 0.5, 0.5), Values = Uniform(Rows * Classes, 4, 2), Weights = Uniform(Classes, 3, 0.9, 1);

    private static readonly Dictionary<string, (Loss Loss, bool AreLabels, float[] Values)> Cases = new()
    {
        ["labels"] = (new CrossEntropy(), true, []),
        ["labels smoothed"] = (new CrossEntropy { LabelSmoothing = 0.1 }, true, []),
        ["labels weighted"] = (new CrossEntropy { ClassWeights = [.. Weights] }, true, []),
        ["labels weighted smoothed"] = (new CrossEntropy { LabelSmoothing = 0.1, ClassWeights = [.. Weights] }, true, []),
        ["probabilities"] = (new CrossEntropy(), false, Probabilities),
        ["probabilities weighted smoothed"] = (new CrossEntropy { LabelSmoothing = 0.1, ClassWeights = [.. Weights] }, false, Probabilities),
        ["binary"] = (new BinaryCrossEntropy(), false, Probabilities),
        ["binary weighted"] = (new BinaryCrossEntropy { PositiveWeights = [.. Weights] }, false, Probabilities),
        ["binary smoothed"] = (new BinaryCrossEntropy { LabelSmoothing = 0.1 }, false, Probabilities),
        ["huber"] = (new HuberLoss { Delta = 1.25f }, false, Values),
        ["squared"] = (new MeanSquaredError(), false, Values),
        ["cosine"] = (new CosineDistance(), false, Values),
        ["unexplained"] = (new UnexplainedVariance(), false, Values),
        ["distillation"] = (new Distillation { Temperature = 3 }, false, Values),
    };

    public static readonly TheoryData<string> Names = [.. Cases.Keys];

    private static float[] Outputs => Uniform(Rows * Classes, 1, 4);

    [Theory]
    [MemberData(nameof(Names))]
    public void ALossAndItsGradientAreThoseOfTorch(string name)
    {
        JsonElement expected = Fixture.Json("Training", "optimization.json").GetProperty("losses").GetProperty(name);
        float[] gradient = new float[Rows * Classes];
        double value = Compute(name, Outputs, gradient);
        Assert.Equal(expected.GetProperty("value").GetDouble(), value, 1e-12);
        AssertClose(expected.GetProperty("gradient").Floats(), gradient, 1.2e-7, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AGradientIsThatOfFiniteDifferences(string name)
    {
        float[] gradient = new float[Rows * Classes], differences = new float[Rows * Classes];
        Compute(name, Outputs, gradient);
        for (int i = 0; i < differences.Length; i++)
        {
            // Richardson's extrapolation of two central differences, whose steps float32 outputs take exactly enough.
            differences[i] = (float)(((4 * Difference(name, i, 1f / 256)) - Difference(name, i, 1f / 128)) / 3);
        }

        AssertClose(differences, gradient, 3e-7, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AScaleMultipliesTheGradientAlone(string name)
    {
        float[] whole = new float[Rows * Classes], half = new float[Rows * Classes];
        Assert.Equal(Compute(name, Outputs, whole), Compute(name, Outputs, half, 0.5));
        Assert.Equal(whole.Select(g => g / 2), half);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RowsOutOfUseStayAsTheyAre(string name)
    {
        (Loss loss, bool areLabels, float[] values) = Cases[name];
        Tensor outputs = new([Rows + 2, Classes], [.. Outputs, .. Enumerable.Repeat(float.NaN, 2 * Classes)]), gradient = new([Rows + 2, Classes]);
        gradient.Span.Fill(7);
        float[] expected = new float[Rows * Classes];
        double value = loss.Compute(outputs, areLabels ? new(Labels) : new Targets(values), Rows, gradient);
        Assert.Equal(Compute(name, Outputs, expected), value);
        Assert.Equal([.. expected, .. Enumerable.Repeat(7f, 2 * Classes)], gradient.Span.ToArray());
    }

    [Theory]
    [InlineData("labels weighted smoothed")]
    [InlineData("probabilities weighted smoothed")]
    public void AWeightSaysHowMuchARowCountsAndNeverWhatItsTargetIs(string name)
    {
        bool areLabels = Cases[name].AreLabels;
        double[] weights = [.. Enumerable.Range(0, Rows).Select(n => areLabels ? Weights[Labels[n]] : Of(n).Select((q, c) => (double)q * Weights[c]).Sum() / Of(n).Sum(q => (double)q))];
        CrossEntropy plain = new() { LabelSmoothing = 0.1 };
        float[] gradient = new float[Rows * Classes], expected = new float[Rows * Classes];
        double loss = 0;
        for (int n = 0; n < Rows; n++)
        {
            float[] row = new float[Classes];
            double share = weights[n] / weights.Sum();
            Targets own = areLabels ? new Targets([Labels[n]]) : new Targets(Of(n));
            loss += share * plain.Compute(Outputs.AsSpan(n * Classes, Classes), own, 1, row, share);
            row.CopyTo(expected, n * Classes);
        }

        Assert.Equal(loss, Compute(name, Outputs, gradient), 1e-12);
        AssertClose(expected, gradient, 1e-7, name);

        static float[] Of(int n) => Probabilities[(n * Classes)..((n + 1) * Classes)];
    }

    [Fact]
    public void ARareClassDoesNotDrawTheTargetsOfFrequentOnes()
    {
        // At its minimum the softmax is the smoothed target, whatever the weights of other classes.
        float[] gradient = new float[3], outputs = [MathF.Log(14 / 15f), MathF.Log(1 / 30f), MathF.Log(1 / 30f)];
        new CrossEntropy { LabelSmoothing = 0.1, ClassWeights = [0.1f, 1, 30] }.Compute(outputs, new([0]), 1, gradient);
        Assert.All(gradient, g => Assert.Equal(0, g, 1e-6f));
    }

    [Fact]
    public void FarOutputsDoNotOverflow()
    {
        float[] gradient = new float[2];
        Assert.Equal(2e4, new CrossEntropy().Compute([1e4f, -1e4f], new([1]), 1, gradient), 1e-9);
        Assert.Equal([1f, -1f], gradient);
        Assert.Equal(0, new CrossEntropy().Compute([1e4f, -1e4f], new([1f, 0f]), 1, gradient));
        Assert.Equal(500, new BinaryCrossEntropy().Compute([1000, -1000], new([0f, 0f]), 1, gradient));
        Assert.Equal([0.5f, 0f], gradient);
        Assert.Equal(500, new BinaryCrossEntropy().Compute([1000, -1000], new([1f, 1f]), 1, gradient));
        Assert.Equal([0f, -0.5f], gradient);
    }

    [Fact]
    public void SmallLossesKeepTheirDigits()
    {
        float[] gradient = new float[1];
        double loss = new BinaryCrossEntropy().Compute([40], new([1f]), 1, gradient);
        Assert.Equal(Math.Exp(-40), loss, 1e-12 * Math.Exp(-40));
        Assert.Equal((float)-Math.Exp(-40), gradient[0]);
    }

    [Fact]
    public void ConstantTargetsHaveAVarianceThatCanBeDividedBy()
    {
        float[] gradient = new float[4];
        Assert.True(double.IsFinite(new UnexplainedVariance().Compute([1, 2, 3, 4], new([5f, 6f, 5f, 6f]), 2, gradient)));
        Assert.All(gradient, g => Assert.True(float.IsFinite(g) && g < 0));
        Assert.Equal(0, new UnexplainedVariance().Compute([0, 0], new([0f, 0f]), 2, gradient.AsSpan(0, 2)));
    }

    [Fact]
    public void RowsThatNoVectorDividesAreWhole()
    {
        float[] x = Uniform(3 * 1501, 6, 2), y = Uniform(3 * 1501, 7, 2), gradient = new float[x.Length];
        double error = 0, variation = 0;
        for (int c = 0; c < 1501; c++)
        {
            double mean = (y[c] + (double)y[1501 + c] + y[3002 + c]) / 3;
            for (int r = 0; r < 3; r++)
            {
                error += Math.Pow((double)x[(1501 * r) + c] - y[(1501 * r) + c], 2);
                variation += Math.Pow(y[(1501 * r) + c] - mean, 2);
            }
        }

        Assert.Equal(error / variation, new UnexplainedVariance().Compute(x, new(y), 3, gradient), 1e-12);
        Assert.Equal(2 * (x[4000] - y[4000]) / variation, gradient[4000], 1e-9);
    }

    [Fact]
    public void ARowWithoutLengthHasACosineOfZeroAndAFiniteGradient()
    {
        float[] gradient = new float[2];
        Assert.Equal(1, new CosineDistance().Compute([0, 0], new([3f, 4f]), 1, gradient));
        Assert.Equal([-6e7f, -8e7f], gradient);
    }

    [Fact]
    public void WhatIsNotANumberIsALossThatIsNotANumber()
    {
        float[] gradient = new float[2];
        Assert.True(double.IsNaN(new CrossEntropy().Compute([float.NaN, 1], new([1]), 1, gradient)));
        Assert.All(gradient, g => Assert.True(float.IsNaN(g)));
        Assert.True(double.IsNaN(new Distillation().Compute([float.NaN, 1], new([1f, 2f]), 1, gradient)));
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        float[] gradient = new float[4];
        Assert.Equal(
            "The label of row 1 is 2, but the outputs are of 2 classes, 0 to 1. Make the head as wide as there are classes.",
            Assert.Throws<GraftException>(() => new CrossEntropy().Compute(new float[4], new([0, 2]), 2, gradient)).Message);
        Assert.Equal(
            "The label of row 0 is -1, but the outputs are of 2 classes, 0 to 1. Make the head as wide as there are classes.",
            Assert.Throws<GraftException>(() => new CrossEntropy().Compute(new float[4], new([-1, 2]), 2, gradient)).Message);
        Assert.Equal(
            "There are 2 outputs but 3 class weights. Give one for each output.",
            Assert.Throws<GraftException>(() => new CrossEntropy { ClassWeights = [1, 2, 3] }.Compute(new float[4], new([0, 1]), 2, gradient)).Message);
        Assert.Equal(
            "Every class in the batch has weight 0, so it has no mean loss. Give the classes that occur a weight above zero.",
            Assert.Throws<GraftException>(() => new CrossEntropy { ClassWeights = [0, 1] }.Compute(new float[4], new([0, 0]), 2, gradient)).Message);
        Assert.Equal(
            "A MeanSquaredError loss takes a number for each output, not a class for each row. Use a CrossEntropy loss for classes.",
            Assert.Throws<GraftException>(() => new MeanSquaredError().Compute(new float[4], new([0, 1]), 2, gradient)).Message);
        Assert.Equal("Class weights are finite numbers of at least zero; number 1 is -1.", Assert.Throws<GraftException>(() => new CrossEntropy { ClassWeights = [1, -1] }).Message);
        Assert.Equal("Label smoothing is at least 0 and below 1, not 1. 0.1 is usual.", Assert.Throws<GraftException>(() => new CrossEntropy { LabelSmoothing = 1 }).Message);
        Assert.Equal("A temperature is a finite number above zero, not 0. 2 to 5 are usual.", Assert.Throws<GraftException>(() => new Distillation { Temperature = 0 }).Message);
        Assert.StartsWith(
            "Each of the 2 rows has one label; 3 were given.",
            Assert.Throws<ArgumentException>(() => new CrossEntropy().Compute(new float[4], new([0, 1, 1]), 2, gradient)).Message);
        Assert.StartsWith(
            "Each of the 4 outputs has one target; 3 were given.",
            Assert.Throws<ArgumentException>(() => new CrossEntropy().Compute(new float[4], new([0f, 1, 1]), 2, gradient)).Message);
        Assert.StartsWith(
            "A loss is over whole rows and at least one; 4 outputs are not 3 rows.",
            Assert.Throws<ArgumentException>(() => new CrossEntropy().Compute(new float[4], new([0, 1, 1]), 3, gradient)).Message);
        Assert.StartsWith(
            "A gradient has as many numbers as the outputs, 4, not 2.",
            Assert.Throws<ArgumentException>(() => new CrossEntropy().Compute(new float[4], new([0, 1]), 2, new float[2])).Message);
    }

    private static double Difference(string name, int index, float step)
    {
        float[] unused = new float[Rows * Classes], high = Outputs, low = Outputs;
        high[index] += step;
        low[index] -= step;
        return (Compute(name, high, unused) - Compute(name, low, unused)) / ((double)high[index] - low[index]);
    }

    private static double Compute(string name, float[] outputs, float[] gradient, double scale = 1)
    {
        (Loss loss, bool areLabels, float[] values) = Cases[name];
        return loss.Compute(outputs, areLabels ? new(Labels) : new Targets(values), Rows, gradient, scale);
    }
}
