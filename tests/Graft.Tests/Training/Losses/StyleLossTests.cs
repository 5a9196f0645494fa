using System.Text.Json;
using Graft.Tests.Kernels;
using Graft.Training.Losses;

namespace Graft.Tests.Training.Losses;

/// <summary>The losses of stylization against torch and against finite differences.</summary>
public class StyleLossTests
{
    private const int Count = 2, Height = 5, Width = 6, Channels = 19, Numbers = Count * Height * Width * Channels;

    private static readonly float[] X = TestNumbers.Uniform(Numbers, 1, 2, 0.3), Style = TestNumbers.Uniform(21 * Channels, 2, 1, 0.6);

    private static JsonElement Expected(string name) => Fixture.Json("Models", "style.json").GetProperty("losses").GetProperty(name);

    [Theory]
    [InlineData(StyleStatistics.Covariance)]
    [InlineData(StyleStatistics.Gram)]
    [InlineData(StyleStatistics.Moments)]
    public void ValuesAndGradientsAreTorchs(StyleStatistics statistics)
    {
        JsonElement expected = Expected(statistics.ToString().ToLowerInvariant());
        StyleLoss loss = StyleLoss.Of(statistics, Style, Channels);
        float[] gradient = new float[Numbers];
        Close(expected.GetProperty("unit").GetDouble(), loss.Unit);
        Close(expected.GetProperty("value").GetDouble(), loss.AddGradient(X, Count, gradient));
        Close(expected.GetProperty("value").GetDouble(), loss.Measure(X, Count));
        TestNumbers.AssertClose(expected.GetProperty("gradient").Floats(), gradient, 1e-5);

        // It is added, and scaled.
        loss.AddGradient(X, Count, gradient, 0.5);
        TestNumbers.AssertClose([.. expected.GetProperty("gradient").Floats().Select(v => 1.5f * v)], gradient, 1e-5);
    }

    [Fact]
    public void VariationIsTorchs()
    {
        JsonElement expected = Expected("variation");
        float[] gradient = new float[Numbers];
        Close(expected.GetProperty("value").GetDouble(), TotalVariation.AddGradient(X, Height, Width, Channels, gradient));
        Close(expected.GetProperty("value").GetDouble(), TotalVariation.Measure(X, Height, Width, Channels));
        TestNumbers.AssertClose(expected.GetProperty("gradient").Floats(), gradient, 1e-5);
        TotalVariation.AddGradient(X, Height, Width, Channels, gradient, 3);
        TestNumbers.AssertClose([.. expected.GetProperty("gradient").Floats().Select(v => 4 * v)], gradient, 1e-5);
    }

    [Theory]
    [InlineData(StyleStatistics.Covariance)]
    [InlineData(StyleStatistics.Gram)]
    [InlineData(StyleStatistics.Moments)]
    public void GradientsAreThoseOfFiniteDifferences(StyleStatistics statistics)
    {
        const int Few = 5;
        float[] x = TestNumbers.Uniform(2 * 7 * Few, 3), gradient = new float[x.Length];
        StyleLoss loss = StyleLoss.Of(statistics, TestNumbers.Uniform(9 * Few, 4), Few);
        loss.AddGradient(x, 2, gradient);
        Gradients.AssertGradient(x, gradient, [1], 1e-2f, 2e-4, moved => [(float)loss.Measure(moved, 2)]);
    }

    [Theory]
    [InlineData(StyleStatistics.Covariance)]
    [InlineData(StyleStatistics.Gram)]
    [InlineData(StyleStatistics.Moments)]
    public void TheStyleItselfHasNoLossAndItsPixelsMayChangePlaces(StyleStatistics statistics)
    {
        // More pixels than the kernels take at once.
        const int Few = 6, Pixels = 1000;
        float[] style = TestNumbers.Uniform(Pixels * Few, 5), turned = [.. Enumerable.Range(0, Pixels).Reverse().SelectMany(p => style[(p * Few)..((p + 1) * Few)])];
        StyleLoss loss = StyleLoss.Of(statistics, style, Few);
        Assert.Equal(0, loss.Measure(style, 1), 12);
        Assert.Equal(0, loss.Measure(turned, 1) / loss.Unit, 10);
        float[] flat = [.. Enumerable.Range(0, style.Length).Select(i => statistics == StyleStatistics.Covariance ? (float)MomentsLoss.Moments(style, Few).Means[i % Few] : 0)];
        Assert.Equal(loss.Unit, loss.Measure(flat, 1), 0.02 * loss.Unit);
        Assert.True(loss.Measure([.. style.Select(v => 2 * v)], 1) > 0.5 * loss.Unit);
    }

    [Fact]
    public void AMatrixIsTheMeanOfProducts()
    {
        double[] gram = GramLoss.Matrix([1, 2, 3, 4, 5, 6], 2);
        Assert.Equal([35 / 6.0, 44 / 6.0, 44 / 6.0, 56 / 6.0], gram.Select(v => Math.Round(v, 12)), (a, b) => Math.Abs(a - b) < 1e-6);
        (double[] means, double[] deviations) = MomentsLoss.Moments([1, 2, 3, 4, 5, 6], 2);
        Assert.Equal([3, 4], means);
        Assert.All(deviations, d => Assert.Equal(Math.Sqrt((8 / 3.0) + 1e-5), d, 12));
    }

    [Fact]
    public void ErrorsSayTheRule()
    {
        StyleLoss loss = StyleLoss.Of(StyleStatistics.Gram, Style, Channels);
        Assert.StartsWith("Features are whole pixels of 19 channels and at least one; 20 numbers are not.", Assert.Throws<ArgumentException>(() => new GramLoss(new float[20], 19)).Message, StringComparison.Ordinal);
        Assert.StartsWith("Features are those of 2 images, whole pixels of 19 channels; 57 numbers are not.", Assert.Throws<ArgumentException>(() => loss.Measure(new float[57], 2)).Message, StringComparison.Ordinal);
        Assert.StartsWith("A gradient has as many numbers as the features, 38, not 19.", Assert.Throws<ArgumentException>(() => loss.AddGradient(new float[38], 2, new float[19])).Message, StringComparison.Ordinal);
        Assert.StartsWith("Images of [2, 2, 3] are 12 numbers each; 13 are not whole images.", Assert.Throws<ArgumentException>(() => TotalVariation.Measure(new float[13], 2, 2, 3)).Message, StringComparison.Ordinal);
    }

    private static void Close(double expected, double actual) => Assert.InRange(Math.Abs(actual - expected), 0, 1e-5 * Math.Abs(expected));
}
