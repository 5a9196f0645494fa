using Graft.Inference;
using Graft.Vision.Stylization;

namespace Graft.Vision.Tests.Stylization;

public class LightLossTests
{
    private static readonly float[] X = [0.1f, 0.9f, 0.4f, 0.3f, 0.8f, 0.2f, 0.5f, 0.6f], Y = [0.2f, 0.7f, 0.9f, 0.1f, 0.3f, 0.3f, 0.6f, 0.8f];

    [Fact]
    public void ItIsOneLessTheCorrelation()
    {
        double first = Correlation(X[..4], Y[..4]), second = Correlation(X[4..], Y[4..]);
        Assert.Equal(1 - ((first + second) / 2), LightLoss.Compute(X, Y, 2, default, 1), 6);

        // Neither brightness nor contrast counts.
        Assert.Equal(0, LightLoss.Compute([.. X.Select(x => 0.3f + (0.2f * x))], X, 1, default, 1), 5);
        Assert.Equal(2, LightLoss.Compute([.. X.Select(x => 1 - x)], X, 1, default, 1), 5);
        Assert.Equal(1, LightLoss.Compute(new float[8], X, 1, default, 1), 5);
    }

    [Fact]
    public void TheGradientIsThatOfFiniteDifferences()
    {
        float[] gradient = new float[8];
        LightLoss.Compute(X, Y, 2, gradient, 3);
        for (int i = 0; i < 8; i++)
        {
            float[] up = [.. X], down = [.. X];
            up[i] += 1e-3f;
            down[i] -= 1e-3f;
            Assert.Equal(3 * (LightLoss.Compute(up, Y, 2, default, 1) - LightLoss.Compute(down, Y, 2, default, 1)) / ((double)up[i] - down[i]), gradient[i], 1e-4);
        }
    }

    [Fact]
    public void LightIsTheMeanLumaOfSquaresOfFourPixels()
    {
        Preprocessing preprocessing = Preprocessing.ImageNet;
        using InferenceSession session = InferencePlan.Compile(LightLoss.Of(16, preprocessing)).CreateSession();
        float[] image = new float[16 * 16 * 3];
        for (int i = 0; i < image.Length; i++) image[i] = MathF.Sin(i * 0.7f);
        session.Run(image);
        ReadOnlySpan<float> light = session.Output(LightLoss.Output);
        double[] luma = [0.299, 0.587, 0.114];
        for (int y = 0; y < 4; y++)
        {
            for (int x = 0; x < 4; x++)
            {
                double sum = 0;
                for (int p = 0; p < 16; p++)
                    for (int c = 0; c < 3; c++) sum += luma[c] * preprocessing.StandardDeviation[c] * image[(((((4 * y) + (p / 4)) * 16) + (4 * x) + (p % 4)) * 3) + c];
                Assert.Equal(sum / 16, light[(y * 4) + x], 1e-5);
            }
        }
    }

    private static double Correlation(float[] x, float[] y)
    {
        double a = x.Average(), b = y.Average();
        return x.Zip(y, (p, q) => (p - a) * (q - b)).Sum() / Math.Sqrt(x.Sum(p => (p - a) * (p - a)) * y.Sum(q => (q - b) * (q - b)));
    }
}
