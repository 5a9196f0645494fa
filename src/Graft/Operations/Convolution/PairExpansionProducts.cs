using Graft.Kernels;
using Graft.Kernels.Assembled;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The products of bfloat16 with sums in float32 (<see cref="PairProducts"/>): x, the gradient and the weights are rounded once.</summary>
internal sealed unsafe class PairExpansionProducts(int depth, int outputs, int rows) : ExpansionProducts(depth, outputs, rows)
{
    private readonly PairPanels forward = new(outputs, depth), backward = new(depth, outputs);
    private readonly Tensor rounded = new([outputs, depth]);

    public override int XPitch { get; } = PairProducts.Pitch(depth);

    public override int YPitch { get; } = PairProducts.Pitch(outputs);

    public override int ProjectedPitch { get; } = TrainingKernel.Align(depth);

    public override bool ReadsInPlace => false;

    // Rows and pairs of rows of x and of the gradient.
    public override int ScratchFloats => (RowPairs * 2 * XPitch) + (RowPairs * 2 * YPitch);

    private int RowPairs => (Rows + 1) / 2;

    public override Tensor Pack(Tensor weight)
    {
        for (int i = 0; i < rounded.Span.Length; i++) rounded.Span[i] = BFloat16.Of(weight.Span[i]).ToSingle();
        forward.Fill(rounded.Pointer, Depth, 1);
        return rounded;
    }

    public override void PackScaled(Tensor scaled, ReadOnlySpan<float> shift) => backward.Fill(scaled.Pointer, 1, Depth);

    public override void Expand(int rows, float* x, nint xStride, float* y, float* memory, Prefetch fetch)
    {
        PairProducts.Round(rows, Depth, x, XPitch, RowsOfX(memory), PairsOfX(memory));
        PairProducts.Multiply(forward, rows, RowsOfX(memory), XPitch, y, YPitch, false, fetch);
    }

    public override void ExpandNormalized(int rows, float* x, nint xStride, AppliedNorm norm, Clamp clamp, StridedRows target, float* y, float* memory, Prefetch fetch)
    {
        Expand(rows, x, xStride, y, memory, fetch);
        NormalizeKernel.Run(rows, Outputs, new StoredRows(y, YPitch), norm.Scale(0), norm.Shift(0), clamp, target);
    }

    public override void AddGram(int rows, float* x, nint xStride, float* gram, int gramPitch, float* memory, Prefetch fetch)
    {
        PairProducts.Round(rows, Depth, x, XPitch, null, PairsOfX(memory));
        PairProducts.AddGradient((rows + 1) / 2, Depth, Depth, PairsOfX(memory), XPitch, PairsOfX(memory), XPitch, gram, gramPitch, true, fetch);
    }

    public override void AddGradient(int rows, float* x, nint xStride, float* dz, float* sums, float* memory)
    {
        PairProducts.Round(rows, Outputs, dz, YPitch, RowsOfDz(memory), PairsOfDz(memory));
        if (sums is not null) PairProducts.AddGradient((rows + 1) / 2, Depth, Outputs, PairsOfX(memory), XPitch, PairsOfDz(memory), YPitch, sums, YPitch, true, default);
    }

    public override void Project(int rows, float* dz, float* target, float* memory) => PairProducts.Multiply(backward, rows, RowsOfDz(memory), YPitch, target, ProjectedPitch, false, default);

    private BFloat16* RowsOfX(float* memory) => (BFloat16*)memory;

    private uint* PairsOfX(float* memory) => (uint*)memory + (RowPairs * XPitch);

    private BFloat16* RowsOfDz(float* memory) => (BFloat16*)(memory + (2 * RowPairs * XPitch));

    private uint* PairsOfDz(float* memory) => (uint*)memory + (2 * RowPairs * XPitch) + (RowPairs * YPitch);
}
