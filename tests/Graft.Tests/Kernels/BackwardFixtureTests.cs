using System.Text.Json;
using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>The scalar references of the backward against PyTorch in float64.</summary>
public class BackwardFixtureTests
{
    private const double Tolerance = 1e-6;

    private static readonly JsonElement Cases = Fixture.Json("Kernels", "backward.json");

    public static TheoryData<int> Convolutions() => Indices("convolution");

    public static TheoryData<int> Pools() => Indices("pool");

    public static TheoryData<int> Resizes() => Indices("resize");

    public static TheoryData<int> BatchNorms() => Indices("batch_norm");

    public static TheoryData<int> Denses() => Indices("dense");

    public static TheoryData<int> Softmaxes() => Indices("softmax");

    public static TheoryData<int> Activations() => Indices("activation");

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void AConvolutionEqualsPyTorch(int index)
    {
        JsonElement expected = Cases.GetProperty("convolution")[index];
        Shape input = Shape.Create(expected.GetProperty("shape").Integers());
        Conv2d convolution = new(Int(expected, "outputs"), Int(expected, "kernel"))
        {
            Stride = Int(expected, "stride"),
            Dilation = Int(expected, "dilation"),
            Groups = Int(expected, "groups"),
            Padding = PaddingOf(expected),
        };
        WindowGeometry g = WindowGeometry.Of(convolution, input);
        float[] weight = Uniform(g.OutChannels * g.GroupChannels * g.Kernel * g.Kernel, 2), dy = Uniform((int)convolution.OutputShape([input]).Count, 4);
        float[] dx = new float[input.Count], dweight = new float[weight.Length], dbias = new float[g.OutChannels];
        ConvolutionKernel.BackwardReference(g, Uniform(dx.Length, 1), weight, dy, dx, dweight, dbias);
        AssertGradients(expected, dx, dweight, dbias);
    }

    [Theory]
    [MemberData(nameof(Denses))]
    public void ADenseLayerEqualsPyTorch(int index)
    {
        JsonElement expected = Cases.GetProperty("dense")[index];
        int batch = Int(expected, "batch"), inputs = Int(expected, "inputs"), outputs = Int(expected, "outputs");
        float[] dx = new float[batch * inputs], dweight = new float[outputs * inputs], dbias = new float[outputs];
        DenseKernel.BackwardReference(batch, inputs, outputs, Uniform(dx.Length, 1), Uniform(dweight.Length, 2), Uniform(batch * outputs, 4), dx, dweight, dbias);
        AssertGradients(expected, dx, dweight, dbias);
    }

    [Theory]
    [MemberData(nameof(BatchNorms))]
    public void ABatchNormEqualsPyTorch(int index)
    {
        JsonElement expected = Cases.GetProperty("batch_norm")[index];
        int[] shape = expected.GetProperty("shape").Integers();
        int channels = shape[3], pixels = shape[0] * shape[1] * shape[2];
        float epsilon = expected.GetProperty("epsilon").GetSingle(), momentum = expected.GetProperty("momentum").GetSingle();
        float[] x = Uniform(pixels * channels, 1, 3, 1), weight = Uniform(channels, 2, 1, 1.5), bias = Uniform(channels, 3), dy = Uniform(x.Length, 4);
        float[] mean = Uniform(channels, 5), variance = Uniform(channels, 6, 0.5, 1), y = new float[x.Length];
        float[] dx = new float[x.Length], dweight = new float[channels], dbias = new float[channels];
        NormInput norm = new() { Pixels = pixels, Channels = channels, Epsilon = epsilon, X = x, Weight = weight, Bias = bias };
        NormGradient gradient = new() { Dy = dy, Dx = dx, DWeight = dweight, DBias = dbias };
        if (expected.GetProperty("training").GetBoolean())
        {
            BatchNormKernel.TrainReference(norm, momentum, mean, variance, y);
            BatchNormKernel.TrainBackwardReference(norm, gradient);
        }
        else
        {
            BatchNormKernel.Reference(norm, mean, variance, y);
            BatchNormKernel.BackwardReference(norm, mean, variance, gradient);
        }

        AssertClose(expected.GetProperty("y").Floats(), y, Tolerance, "y");
        AssertClose(expected.GetProperty("mean").Floats(), mean, Tolerance, "mean");
        AssertClose(expected.GetProperty("variance").Floats(), variance, Tolerance, "variance");
        AssertGradients(expected, dx, dweight, dbias);
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public void APoolingEqualsPyTorch(int index)
    {
        JsonElement expected = Cases.GetProperty("pool")[index];
        Shape input = Shape.Create(expected.GetProperty("shape").Integers());
        PoolFunction function = expected.GetProperty("function").GetString() == "max" ? PoolFunction.Max : PoolFunction.Average;
        Pool2d pool = new(function, Int(expected, "kernel")) { Stride = Int(expected, "stride"), Padding = PaddingOf(expected) };
        float[] x = Uniform((int)input.Count, 1), dx = new float[input.Count];
        int steps = Int(expected, "steps");
        if (steps > 0) x = [.. x.Select(value => MathF.Floor(value * steps) / steps)];
        PoolKernel.BackwardReference(WindowGeometry.Of(pool, input), function, x, Uniform((int)pool.OutputShape([input]).Count, 4), dx);
        AssertClose(expected.GetProperty("dx").Floats(), dx, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Resizes))]
    public void AResizeEqualsPyTorch(int index)
    {
        JsonElement expected = Cases.GetProperty("resize")[index];
        int[] shape = expected.GetProperty("shape").Integers();
        int height = Int(expected, "height"), width = Int(expected, "width");
        ResizeMode mode = expected.GetProperty("mode").GetString() == "nearest" ? ResizeMode.Nearest : ResizeMode.Bilinear;
        float[] dx = new float[shape[0] * shape[1] * shape[2] * shape[3]];
        ResizeKernel.BackwardReference(new ResizeGeometry(mode, shape[1], shape[2], shape[3], height, width), shape[0], Uniform(shape[0] * height * width * shape[3], 4), dx);
        AssertClose(expected.GetProperty("dx").Floats(), dx, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Softmaxes))]
    public void ASoftmaxEqualsPyTorch(int index)
    {
        JsonElement expected = Cases.GetProperty("softmax")[index];
        int rows = Int(expected, "rows"), columns = Int(expected, "columns");
        float[] y = new float[rows * columns], dx = new float[y.Length];
        SoftmaxKernel.Reference(rows, columns, Uniform(y.Length, 1, 4), y);
        SoftmaxKernel.BackwardReference(rows, columns, y, Uniform(y.Length, 4), dx);
        AssertClose(expected.GetProperty("dx").Floats(), dx, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void AnActivationEqualsPyTorchAlsoAtItsKinks(int index)
    {
        JsonElement expected = Cases.GetProperty("activation")[index];
        float[] x = expected.GetProperty("x").Floats(), dx = new float[x.Length], ones = new float[x.Length];
        Array.Fill(ones, 1);
        FunctionNames.Of(expected.GetProperty("name").GetString()!).BackwardReference(x, ones, dx);
        float[] gradient = expected.GetProperty("dx").Floats();
        for (int i = 0; i < x.Length; i++) Assert.True(Math.Abs(gradient[i] - dx[i]) <= 1e-7, $"at {x[i]}: {dx[i]}, not {gradient[i]}");
    }

    private static void AssertGradients(JsonElement expected, float[] dx, float[] dweight, float[] dbias)
    {
        AssertClose(expected.GetProperty("dx").Floats(), dx, Tolerance, "dx");
        AssertClose(expected.GetProperty("dweight").Floats(), dweight, Tolerance, "dweight");
        AssertClose(expected.GetProperty("dbias").Floats(), dbias, Tolerance, "dbias");
    }

    private static TheoryData<int> Indices(string name) => [.. Enumerable.Range(0, Cases.GetProperty(name).GetArrayLength())];

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static Padding PaddingOf(JsonElement element) => Int(element, "padding") < 0 ? Padding.Same : Padding.Symmetric(Int(element, "padding"));
}
