using System.Runtime.Intrinsics;
using Graft.Activations;
using Graft.Inference;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Simd;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>Activations, addition, batch norm, softmax.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class ElementwiseKernelTests
{
    public static readonly TheoryData<string> Functions = [.. ActivationFunction.All.Select(function => function.Name)];

    [Theory]
    [MemberData(nameof(Functions))]
    public void AnActivationEqualsTheReference(string name)
    {
        ActivationFunction function = ActivationFunction.Find(name)!;
        foreach (int length in new[] { 0, 1, 3, 4, 15, 16, 17, 100 })
        {
            using GuardedBuffer x = new(Uniform(length, 1, 8)), y = new(length);
            float[] expected = new float[length];
            function.Reference(x.Span, expected);
            function.Run(length, x.Pointer, y.Pointer);
            y.AssertGuards();
            for (int i = 0; i < length; i++) Assert.True(Math.Abs(expected[i] - y.Span[i]) <= 3e-7 * Math.Max(Math.Abs(expected[i]), Math.Abs(x.Span[i])), $"{function}({x.Span[i]}) = {y.Span[i]}");
            function.Run(length, x.Pointer, x.Pointer);
            Assert.True(x.Span.SequenceEqual(y.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void AnActivationTakesExtremeNumbers(string name)
    {
        ActivationFunction function = ActivationFunction.Find(name)!;
        float[] numbers = [0, -0f, 6, 3, -3, 100, -100, 1e30f, -1e30f, float.MaxValue, float.PositiveInfinity, float.NaN, 1e-40f, -1e-40f, 88.8f, -88.8f, 104, -104];
        using GuardedBuffer x = new(numbers), y = new(numbers.Length);
        function.Run(numbers.Length, x.Pointer, y.Pointer);
        for (int i = 0; i < numbers.Length; i++)
        {
            float expected = (float)function.Apply(numbers[i]);
            Assert.True(expected.Equals(y.Span[i]) || Math.Abs(expected - y.Span[i]) <= Math.Max(1e-6 * Math.Abs(expected), 1e-36), $"{function}({numbers[i]}) = {y.Span[i]}, not {expected}");
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void ANumberGivesTheSameBitsAnywhere(string name)
    {
        ActivationFunction function = ActivationFunction.Find(name)!;
        const int Length = 37;
        float number = 1.2345f;
        float[] numbers = new float[Length];
        Array.Fill(numbers, number);
        using GuardedBuffer x = new(numbers), y = new(Length);
        function.Run(Length, x.Pointer, y.Pointer);
        Assert.All(y.Span.ToArray(), value => Assert.Equal(y.Span[0], value));
    }

    [Fact]
    public void TheExponentialIsWithinOneAndAHalfUnitsInTheLastPlace()
    {
        const int Count = 40_000;
        float[] numbers = Uniform(Count, 1, 88);
        using GuardedBuffer x = new(numbers), y = new(Count);
        if (Vector512.IsHardwareAccelerated) Exp<Simd512<float>, Vector512<float>>(Count, x.Pointer, y.Pointer);
        else if (Vector256.IsHardwareAccelerated) Exp<Simd256<float>, Vector256<float>>(Count, x.Pointer, y.Pointer);
        else Exp<Simd128<float>, Vector128<float>>(Count, x.Pointer, y.Pointer);
        double worst = 0;
        for (int i = 0; i < Count; i++)
        {
            double exact = Math.Exp(numbers[i]);
            float rounded = (float)exact;
            double unit = float.IsNormal(rounded) ? MathF.BitIncrement(rounded) - (double)rounded : float.Epsilon;
            worst = Math.Max(worst, Math.Abs(y.Span[i] - exact) / unit);
        }

        Assert.True(worst <= 1.5, $"{worst} units in the last place");
    }

    [Fact]
    public void AnAdditionEqualsTheReference()
    {
        foreach (int length in new[] { 0, 1, 5, 16, 31, 64, 77 })
        {
            using GuardedBuffer a = new(Uniform(length, 1)), b = new(Uniform(length, 2)), y = new(length);
            float[] expected = new float[length];
            AddKernel.Reference(a.Span, b.Span, expected);
            AddKernel.Run(length, a.Pointer, b.Pointer, y.Pointer);
            y.AssertGuards();
            Assert.True(y.Span.SequenceEqual(expected));
            AddKernel.Run(length, a.Pointer, b.Pointer, b.Pointer);
            Assert.True(b.Span.SequenceEqual(expected));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(5, 16)]
    [InlineData(4, 37)]
    [InlineData(2, 64)]
    public void ABatchNormAloneEqualsTheReference(int pixels, int channels)
    {
        float[] weight = Uniform(channels, 2, 1, 1), bias = Uniform(channels, 3), mean = Uniform(channels, 4), variance = Uniform(channels, 5, 0.5, 1), x = Uniform(pixels * channels, 1, 3);
        variance[0] = 1e-9f;
        float[] expected = new float[pixels * channels];
        BatchNormKernel.Reference(new NormInput { Pixels = pixels, Channels = channels, Epsilon = 1e-3f, X = x, Weight = weight, Bias = bias }, mean, variance, expected);
        GraphBuilder builder = new("alone");
        builder.Output("y", builder.Add("norm", new BatchNorm { Epsilon = 1e-3f }, builder.Input("x", pixels, 1, channels)));
        Network network = new(builder.Build(), new Dictionary<string, Tensor>
        {
            ["norm.weight"] = new([channels], weight),
            ["norm.bias"] = new([channels], bias),
            ["norm.running_mean"] = new([channels], mean),
            ["norm.running_var"] = new([channels], variance),
        });
        using InferenceSession session = InferencePlan.Compile(network).CreateSession();
        session.Run(x, 1);
        AssertClose(expected, session.Output("y"), 1e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 16)]
    [InlineData(2, 1001)]
    [InlineData(5, 33)]
    public void ASoftmaxEqualsTheReference(int rows, int columns)
    {
        foreach (double scale in new[] { 1.0, 100.0, 1e4 })
        {
            using GuardedBuffer x = new(Uniform(rows * columns, 1, scale)), y = new(rows * columns);
            float[] expected = new float[rows * columns];
            SoftmaxKernel.Reference(rows, columns, x.Span, expected);
            SoftmaxKernel.Run(rows, columns, x.Pointer, y.Pointer);
            y.AssertGuards();
            AssertClose(expected, y.Span, 2e-6);
            for (int n = 0; n < rows; n++) Assert.Equal(1, y.Span.Slice(n * columns, columns).ToArray().Sum(value => (double)value), 5);
            SoftmaxKernel.Run(rows, columns, x.Pointer, x.Pointer);
            Assert.True(x.Span.SequenceEqual(y.Span));
        }
    }

    private static void Exp<TSimd, TVector>(int count, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (int i = 0; i < count; i += TSimd.Lanes) TSimd.Store(VectorExp.Exp<TSimd, TVector>(TSimd.Load(x + i)), y + i);
    }
}
