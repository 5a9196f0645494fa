using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The products in float32. Where rows go to the depthwise convolution, the norm is in the weights and the activation at the end of the product.</summary>
internal sealed unsafe class FloatExpansionProducts : ExpansionProducts
{
    private readonly PackedPanels forward, normalized, backward;

    public FloatExpansionProducts(int depth, int outputs, int rows)
        : base(depth, outputs, rows)
    {
        WeightBlock block = new(((depth + 64) * 3 * (outputs + 64)) + (3 * (outputs + depth)) + 512);
        (forward, normalized, backward) = (new PackedPanels(outputs, depth, block), new PackedPanels(outputs, depth, block), new PackedPanels(depth, outputs, block));
    }

    public override Tensor Pack(Tensor weight)
    {
        forward.Fill(weight.Pointer, Depth, 1);
        return weight;
    }

    public override void PackScaled(Tensor scaled, ReadOnlySpan<float> shift)
    {
        normalized.Fill(scaled.Pointer, Depth, 1);
        normalized.FillBias(shift);
        backward.Fill(scaled.Pointer, 1, Depth);
    }

    public override void Expand(int rows, float* x, nint xStride, float* y, float* memory, Prefetch fetch) =>
        Panels.Run(forward, 0, forward.Count, Call(rows, x, xStride, Depth, y, YPitch), fetch: fetch);

    // Planes of a vector each: a panel begins where its first plane does.
    public override void ExpandNormalized(int rows, float* x, nint xStride, AppliedNorm norm, Clamp clamp, StridedRows target, float* y, float* memory, Prefetch fetch)
    {
        PanelCall call = Call(rows, x, xStride, Depth, target.Start, target.RowStride);
        (call.TargetPlaneStride, call.IsBare, call.Clamp) = (target.PlaneStride, false, clamp);
        for (int panel = 0; panel < normalized.Count; panel++)
        {
            call.Target = target.Column(normalized[panel].First);
            Panels.RunOne(normalized, panel, ref call, 0, 1);
        }
    }

    public override void AddGram(int rows, float* x, nint xStride, float* gram, int gramPitch, float* memory, Prefetch fetch) =>
        WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = Depth, Outputs = Depth, X = x, XStride = xStride, Dy = x, DyStride = xStride, Dw = gram, DwStride = gramPitch, Fetch = fetch });

    public override void AddGradient(int rows, float* x, nint xStride, float* dz, float* sums, float* memory)
    {
        if (sums is null) return;
        WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = Depth, Outputs = Outputs, X = x, XStride = xStride, Dy = dz, DyStride = YPitch, Dw = sums, DwStride = YPitch });
    }

    public override void Project(int rows, float* dz, float* target, float* memory) => Panels.Run(backward, 0, backward.Count, Call(rows, dz, YPitch, Outputs, target, ProjectedPitch));

    private static PanelCall Call(int rows, float* source, nint sourceStride, int depth, float* target, nint targetStride) => new()
    {
        Source = source,
        SourceStride = sourceStride,
        Rows = rows,
        Segments = 1,
        SegmentLength = depth,
        Target = target,
        TargetStride = targetStride,
        TargetPlaneStride = SimdWidth.Lanes,
        IsBare = true,
    };
}
