using System.Runtime.Intrinsics;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

[Trait(Suites.Name, Suites.Kernels)]
public unsafe class PanelKernelTests
{
    // Rows, segments, the length of a segment.
    public static TheoryData<int, int, int> Shapes() => new()
    {
        { 1, 1, 1 }, { 2, 1, 3 }, { 3, 1, 8 }, { 6, 1, 5 }, { 7, 1, 16 }, { 8, 3, 9 }, { 13, 1, 24 }, { 14, 2, 4 }, { 23, 1, 33 }, { 28, 3, 6 }, { 49, 1, 17 },
    };

    /// <summary>Every width of vectors, also those that this machine lacks: the runtime then computes lane by lane.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void APanelEqualsTheReference(int rows, int segments, int length)
    {
        foreach (int lanes in (ReadOnlySpan<int>)[4, 8, 16])
        {
            foreach (int vectors in (ReadOnlySpan<int>)[1, 2])
            {
                foreach (bool hasResidual in (ReadOnlySpan<bool>)[false, true])
                {
                    foreach (Clamp clamp in (ReadOnlySpan<Clamp>)[Clamp.None, new(0, 6), new(0, float.PositiveInfinity)])
                        Check(rows, segments, length, lanes, vectors, hasResidual, clamp);
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 45)]
    [InlineData(5, 16)]
    [InlineData(9, 24)]
    [InlineData(10, 17)]
    [InlineData(15, 40)]
    [InlineData(30, 100)]
    public void AProductWritesItsOutputsAndNothingElse(int rows, int outputs)
    {
        const int Depth = 11;
        foreach ((int vectors, bool halves) in (ReadOnlySpan<(int, bool)>)[(1, false), (2, false), (2, true)])
        {
            float[] matrix = Uniform(outputs * Depth, 1), bias = Uniform(outputs, 2), expected = new float[rows * outputs];
            using GuardedBuffer source = new(Uniform(rows * Depth, 3)), target = new(rows * outputs), residual = new(Uniform(rows * outputs, 4));
            PackedPanels panels = new(outputs, Depth, matrix, bias, SimdWidth.Lanes, new WeightBlock(1000), vectors, halves);
            for (int i = 0; i < rows; i++)
            {
                for (int o = 0; o < outputs; o++)
                {
                    double sum = bias[o] + residual.Span[(i * outputs) + o];
                    for (int k = 0; k < Depth; k++) sum += (double)source.Span[(i * Depth) + k] * matrix[(o * Depth) + k];
                    expected[(i * outputs) + o] = (float)sum;
                }
            }

            PanelCall call = new()
            {
                Source = source.Pointer,
                SourceStride = Depth,
                Segments = 1,
                SegmentLength = Depth,
                Rows = rows,
                Target = target.Pointer,
                TargetStride = outputs,
                TargetPlaneStride = SimdWidth.Lanes,
                Residual = residual.Pointer,
                ResidualStride = outputs,
                Clamp = Clamp.None,
            };
            Panels.Run(panels, 0, panels.Count, call);
            target.AssertGuards();
            AssertClose(expected, target.Span, 1e-6, $"vectors {vectors} halves {halves}");
        }
    }

    [Fact]
    public void EveryRowOfATileIsTheSameSum()
    {
        // One window repeated: whatever tile a row falls into, its bits must be those of the first.
        const int Rows = 27, Depth = 37;
        float[] one = Uniform(Depth, 5);
        PackedPanels panels = new(45, Depth, Uniform(45 * Depth, 6), Uniform(45, 7), SimdWidth.Lanes, new WeightBlock(1000), vectors: 2, halves: true);
        using GuardedBuffer source = new(one), target = new(Rows * 45);
        PanelCall call = new()
        {
            Source = source.Pointer,
            SourceStride = 0,
            Segments = 1,
            SegmentLength = Depth,
            Rows = Rows,
            Target = target.Pointer,
            TargetStride = 45,
            TargetPlaneStride = SimdWidth.Lanes,
            Clamp = Clamp.None,
        };
        Panels.Run(panels, 0, panels.Count, call);
        for (int row = 1; row < Rows; row++) Assert.Equal(target.Span[..45].ToArray(), target.Span.Slice(row * 45, 45).ToArray());
    }

    [Fact]
    public void WhatIsNotANumberStaysSo()
    {
        using GuardedBuffer source = new([float.NaN, 1]), target = new(4);
        PackedPanels panels = new(2, 1, [1, 1], [], SimdWidth.Lanes, new WeightBlock(1000), vectors: 2, halves: true);
        PanelCall call = new()
        {
            Source = source.Pointer,
            SourceStride = 1,
            Segments = 1,
            SegmentLength = 1,
            Rows = 2,
            Target = target.Pointer,
            TargetStride = 2,
            TargetPlaneStride = SimdWidth.Lanes,
            Clamp = new Clamp(0, 6),
        };
        Panels.Run(panels, 0, panels.Count, call);
        Assert.Equal([float.NaN, float.NaN, 1, 1], target.Span.ToArray());
    }

    private static void Check(int rows, int segments, int length, int lanes, int vectors, bool hasResidual, Clamp clamp)
    {
        int width = vectors * lanes, stride = length + 1, pitch = (rows * stride) + 3, plane = (rows * lanes) + 5, residualStride = width + 2;
        using GuardedBuffer source = new(Uniform((rows * stride) + (segments * pitch), 1)), weights = new(Uniform(segments * length * width, 2)), bias = new(Uniform(width, 3, 2));
        using GuardedBuffer residual = new(Uniform(rows * residualStride, 4)), expected = new(plane + (rows * lanes)), actual = new(plane + (rows * lanes));
        PanelCall call = new()
        {
            Source = source.Pointer,
            SourceStride = stride,
            Segments = segments,
            SegmentLength = length,
            SegmentStride = pitch,
            Weights = weights.Pointer,
            Bias = bias.Pointer,
            Target = expected.Pointer,
            TargetStride = lanes,
            TargetPlaneStride = plane,
            Residual = hasResidual ? residual.Pointer : null,
            ResidualStride = residualStride,
            Rows = rows,
            Clamp = clamp,
        };
        expected.Span.Clear();
        actual.Span.Clear();
        PanelKernel.Reference(call, width, lanes);
        call.Target = actual.Pointer;
        PanelKernel.Run(call, vectors, lanes);
        actual.AssertGuards();
        AssertClose(expected.Span, actual.Span, 1e-6, $"{lanes} lanes, {vectors} vectors, residual {hasResidual}, {clamp}");
    }
}
