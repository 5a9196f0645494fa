using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Kernels.Gradients;

namespace Graft.Tests.Kernels;

/// <summary>The scalar references of the backward against finite differences of those of the forward.</summary>
public class BackwardReferenceTests
{
    private const float LinearStep = 0.25f, Step = 1 / 32f;
    private const double LinearTolerance = 5e-6, Tolerance = 3e-4;

    [Theory]
    [MemberData(nameof(ElementwiseKernelTests.Functions), MemberType = typeof(ElementwiseKernelTests))]
    public void AnActivationHasTheSlopeOfItsFunction(string name)
    {
        ActivationFunction function = ActivationFunction.Find(name)!;
        const double H = 1e-5;
        foreach (float x in Uniform(200, 1, 9))
        {
            if (new[] { -3, 0, 3, 6 }.Any(kink => Math.Abs(x - kink) < 2 * H)) continue;
            double slope = (function.Apply(x + H) - function.Apply(x - H)) / (2 * H);
            Assert.Equal(slope, function.Derivative(x), (9.0 * H * H) + 1e-9);
        }
    }

    [Theory]
    [InlineData("relu", 0, 0)]
    [InlineData("relu6", 0, 0)]
    [InlineData("relu6", 6, 0)]
    [InlineData("hard_sigmoid", -3, 0)]
    [InlineData("hard_sigmoid", 3, 0)]
    [InlineData("hard_swish", -3, 0)]
    [InlineData("hard_swish", 3, 1)]
    public void AKinkHasTheSlopeOfItsOuterSide(string name, double x, double slope) =>
        Assert.Equal(slope, ActivationFunction.Find(name)!.Derivative(x));

    [Theory]
    [InlineData(3, 2, 1, 1, 1)]
    [InlineData(3, 2, 1, 4, -1)]
    [InlineData(3, 1, 2, 2, 2)]
    [InlineData(1, 1, 1, 1, 0)]
    [InlineData(2, 3, 1, 2, 1)]
    public void AConvolution(int kernel, int stride, int dilation, int groups, int padding)
    {
        Shape input = [2, 5, 6, 4];
        Conv2d convolution = new(8, kernel) { Stride = stride, Dilation = dilation, Groups = groups, Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding) };
        WindowGeometry g = WindowGeometry.Of(convolution, input);
        float[] x = Uniform((int)input.Count, 1), weight = Uniform(8 * g.GroupChannels * kernel * kernel, 2), bias = Uniform(8, 3), dy = Uniform((int)convolution.OutputShape([input]).Count, 4);
        float[] dx = new float[x.Length], dweight = new float[weight.Length], dbias = new float[8];
        ConvolutionKernel.BackwardReference(g, x, weight, dy, dx, dweight, dbias);

        float[] Forward(float[] x, float[] weight, float[] bias)
        {
            float[] y = new float[dy.Length];
            ConvolutionKernel.Reference(g, x, weight, bias, y);
            return y;
        }

        AssertGradient(x, dx, dy, LinearStep, LinearTolerance, moved => Forward(moved, weight, bias), "dx");
        AssertGradient(weight, dweight, dy, LinearStep, LinearTolerance, moved => Forward(x, moved, bias), "dweight");
        AssertGradient(bias, dbias, dy, LinearStep, LinearTolerance, moved => Forward(x, weight, moved), "dbias");
    }

    [Fact]
    public void GradientsThatAreNotWantedAreLeftOut()
    {
        Shape input = [1, 3, 3, 2];
        WindowGeometry g = WindowGeometry.Of(new Conv2d(2, 1), input);
        float[] x = Uniform(18, 1), weight = Uniform(4, 2), dy = Uniform(18, 4), dx = new float[18], only = new float[18];
        ConvolutionKernel.BackwardReference(g, x, weight, dy, dx, new float[4], new float[2]);
        ConvolutionKernel.BackwardReference(g, x, weight, dy, only, [], []);
        Assert.Equal(dx, only);
        DenseKernel.BackwardReference(9, 2, 2, x, weight, dy, only, [], []);
        AssertClose(dx, only, 1e-7);
    }

    [Fact]
    public void ADenseLayer()
    {
        const int Batch = 3, Inputs = 7, Outputs = 4;
        float[] x = Uniform(Batch * Inputs, 1), weight = Uniform(Outputs * Inputs, 2), bias = Uniform(Outputs, 3), dy = Uniform(Batch * Outputs, 4);
        float[] dx = new float[x.Length], dweight = new float[weight.Length], dbias = new float[Outputs];
        DenseKernel.BackwardReference(Batch, Inputs, Outputs, x, weight, dy, dx, dweight, dbias);

        float[] Forward(float[] x, float[] weight, float[] bias)
        {
            float[] y = new float[dy.Length];
            DenseKernel.Reference(Batch, Inputs, Outputs, x, weight, bias, y);
            return y;
        }

        AssertGradient(x, dx, dy, LinearStep, LinearTolerance, moved => Forward(moved, weight, bias), "dx");
        AssertGradient(weight, dweight, dy, LinearStep, LinearTolerance, moved => Forward(x, moved, bias), "dweight");
        AssertGradient(bias, dbias, dy, LinearStep, LinearTolerance, moved => Forward(x, weight, moved), "dbias");
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(12, 3)]
    [InlineData(35, 2)]
    public void ABatchNormInTraining(int pixels, int channels)
    {
        float[] x = Uniform(pixels * channels, 1, 2, 1), weight = Uniform(channels, 2, 1, 1.5), bias = Uniform(channels, 3), dy = Uniform(x.Length, 4);
        float[] dx = new float[x.Length], dweight = new float[channels], dbias = new float[channels];
        const float Epsilon = 0.25f;
        BatchNormKernel.TrainBackwardReference(Norm(channels, Epsilon, x, weight), new NormGradient { Dy = dy, Dx = dx, DWeight = dweight, DBias = dbias });

        float[] Forward(float[] x, float[] weight, float[] bias)
        {
            float[] y = new float[dy.Length];
            BatchNormKernel.TrainReference(Norm(channels, Epsilon, x, weight, bias), 0.1f, new float[channels], new float[channels], y);
            return y;
        }

        AssertGradient(x, dx, dy, Step, Tolerance, moved => Forward(moved, weight, bias), "dx");
        AssertGradient(weight, dweight, dy, LinearStep, LinearTolerance, moved => Forward(x, moved, bias), "dweight");
        AssertGradient(bias, dbias, dy, LinearStep, LinearTolerance, moved => Forward(x, weight, moved), "dbias");
    }

    [Fact]
    public void ABatchNormWithRunningStatistics()
    {
        const int Pixels = 9, Channels = 4;
        const float Epsilon = 1e-3f;
        float[] x = Uniform(Pixels * Channels, 1, 2, 1), weight = Uniform(Channels, 2, 1, 1.5), bias = Uniform(Channels, 3), dy = Uniform(x.Length, 4);
        float[] mean = Uniform(Channels, 5), variance = Uniform(Channels, 6, 0.5, 1);
        float[] dx = new float[x.Length], dweight = new float[Channels], dbias = new float[Channels];
        BatchNormKernel.BackwardReference(Norm(Channels, Epsilon, x, weight), mean, variance, new NormGradient { Dy = dy, Dx = dx, DWeight = dweight, DBias = dbias });

        float[] Forward(float[] x, float[] weight, float[] bias)
        {
            float[] y = new float[dy.Length];
            BatchNormKernel.Reference(Norm(Channels, Epsilon, x, weight, bias), mean, variance, y);
            return y;
        }

        AssertGradient(x, dx, dy, LinearStep, LinearTolerance, moved => Forward(moved, weight, bias), "dx");
        AssertGradient(weight, dweight, dy, LinearStep, LinearTolerance, moved => Forward(x, moved, bias), "dweight");
        AssertGradient(bias, dbias, dy, LinearStep, LinearTolerance, moved => Forward(x, weight, moved), "dbias");
    }

    /// <summary>Channel 0 holds 1, 2, 3, 6: mean 3, biased variance 3.5, unbiased 14 / 3. Channel 1 is constant.</summary>
    [Fact]
    public void ABatchNormByHand()
    {
        float[] x = [1, 5, 2, 5, 3, 5, 6, 5], weight = [2, 3], bias = [0.5f, -1], mean = [10, 0], variance = [1, 2], y = new float[8];
        BatchNormKernel.TrainReference(Norm(2, 0.5f, x, weight, bias), 0.25f, mean, variance, y);

        // sqrt(3.5 + 0.5) = 2, so y = (x - 3) + 0.5.
        Assert.Equal([-1.5f, -1, -0.5f, -1, 0.5f, -1, 3.5f, -1], y);
        Assert.Equal([(0.75f * 10) + (0.25f * 3), 0.25f * 5], mean);
        AssertClose([(float)(0.75 + (0.25 * 14 / 3)), 1.5f], variance, 1e-7);

        float[] dx = new float[8], dweight = new float[2], dbias = new float[2];
        BatchNormKernel.TrainBackwardReference(Norm(2, 0.5f, x, weight), new NormGradient { Dy = [1, 1, 0, 0, 0, 0, 0, 0], Dx = dx, DWeight = dweight, DBias = dbias });

        // dx = weight / 2 (dy - 1/4 - n sum(dy n) / 4), n = (x - 3) / 2 = -1, -1/2, 0, 3/2: weight / 2 (dy - 1/4 + n / 4).
        AssertClose([0.5f, 1.5f / MathF.Sqrt(0.5f) * 1.5f, -0.375f, -0.75f / MathF.Sqrt(0.5f), -0.25f, -0.75f / MathF.Sqrt(0.5f), 0.125f, -0.75f / MathF.Sqrt(0.5f)], dx, 1e-6);
        Assert.Equal([-1, 0], dweight);
        Assert.Equal([1, 1], dbias);
    }

    [Fact]
    public void ABatchNormOverOnePixelGivesItsBiasAndNoGradient()
    {
        float[] mean = [0], variance = [1], y = [0], dx = [7], dweight = [7], dbias = [7];
        BatchNormKernel.TrainReference(Norm(1, 1e-5f, [4], [3], [2]), 0.5f, mean, variance, y);
        Assert.Equal((2, 2, 0.5f), (y[0], mean[0], variance[0]));
        BatchNormKernel.TrainBackwardReference(Norm(1, 1e-5f, [4], [3]), new NormGradient { Dy = [5], Dx = dx, DWeight = dweight, DBias = dbias });
        Assert.Equal((0, 0, 5), (dx[0], dweight[0], dbias[0]));
    }

    [Theory]
    [InlineData(3, 2, 1)]
    [InlineData(3, 1, -1)]
    [InlineData(2, 2, 0)]
    public void APooling(int kernel, int stride, int padding)
    {
        Shape input = [2, 6, 5, 3];

        // Largest pixels stay the largest when one moves by less than their distance.
        float[] x = new float[input.Count], order = Uniform(x.Length, 1);
        int[] ranks = [.. Enumerable.Range(0, x.Length)];
        Array.Sort(order, ranks);
        for (int i = 0; i < x.Length; i++) x[ranks[i]] = i - (x.Length / 2f);
        foreach (PoolFunction function in Enum.GetValues<PoolFunction>())
        {
            Pool2d pool = new(function, kernel) { Stride = stride, Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding) };
            WindowGeometry g = WindowGeometry.Of(pool, input);
            float[] dy = Uniform((int)pool.OutputShape([input]).Count, 4), dx = new float[x.Length];
            PoolKernel.BackwardReference(g, function, x, dy, dx);
            AssertGradient(x, dx, dy, LinearStep, 3e-5, moved =>
            {
                float[] y = new float[dy.Length];
                PoolKernel.Reference(g, function, moved, y);
                return y;
            }, $"{function}");
        }
    }

    [Fact]
    public void AGlobalAveragePooling()
    {
        float[] x = Uniform(2 * 6 * 3, 1), dy = Uniform(6, 4), dx = new float[x.Length];
        GlobalAveragePoolKernel.BackwardReference(2, 6, 3, dy, dx);
        AssertGradient(x, dx, dy, LinearStep, LinearTolerance, moved =>
        {
            float[] y = new float[6];
            GlobalAveragePoolKernel.Reference(2, 6, 3, moved, y);
            return y;
        });
    }

    [Fact]
    public void ASoftmax()
    {
        float[] x = Uniform(3 * 5, 1, 2), y = new float[15], dy = Uniform(15, 4), dx = new float[15];
        SoftmaxKernel.Reference(3, 5, x, y);
        SoftmaxKernel.BackwardReference(3, 5, y, dy, dx);
        AssertGradient(x, dx, dy, Step, Tolerance, moved =>
        {
            float[] y = new float[15];
            SoftmaxKernel.Reference(3, 5, moved, y);
            return y;
        });
    }

    [Theory]
    [InlineData(3, 4, 5, 7)]
    [InlineData(5, 4, 3, 2)]
    [InlineData(1, 1, 2, 3)]
    public void AResize(int height, int width, int outHeight, int outWidth)
    {
        foreach (ResizeGeometry geometry in ImageKernelTests.Resizes(height, width, 3, outHeight, outWidth))
        {
            float[] x = Uniform(2 * height * width * 3, 1), dy = Uniform(2 * outHeight * outWidth * 3, 4), dx = new float[x.Length];
            ResizeKernel.BackwardReference(geometry, 2, dy, dx);
            AssertGradient(x, dx, dy, LinearStep, LinearTolerance, moved =>
            {
                float[] y = new float[dy.Length];
                ResizeKernel.Reference(geometry, 2, moved, y);
                return y;
            }, $"{geometry}");
        }
    }

    private static NormInput Norm(int channels, float epsilon, float[] x, float[] weight, float[]? bias = null) =>
        new() { Pixels = x.Length / channels, Channels = channels, Epsilon = epsilon, X = x, Weight = weight, Bias = bias };
}
