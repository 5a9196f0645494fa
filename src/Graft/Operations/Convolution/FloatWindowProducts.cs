using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>The products in float32: forward, all taps in one.</summary>
internal sealed unsafe class FloatWindowProducts : WindowProducts
{
    private readonly PackedPanels forward;
    private readonly PackedPanels[] backward;

    public FloatWindowProducts(int channels, int outputs, int taps, bool needsGradient)
        : base(channels, outputs, taps)
    {
        WeightBlock block = new(2 * ((taps * channels) + (64 * taps)) * (outputs + 64));
        forward = new PackedPanels(outputs, taps * channels, block);
        backward = needsGradient ? [.. Enumerable.Range(0, taps).Select(_ => new PackedPanels(channels, outputs, block))] : [];
    }

    public override int XPitch => TrainingKernel.Pitch(Channels);

    public override int YPitch => TrainingKernel.Pitch(Outputs);

    public override void Pack(float* ordered, ReadOnlySpan<float> bias)
    {
        forward.Fill(ordered, Taps * Channels, 1);
        if (!bias.IsEmpty) forward.FillBias(bias);
        for (int tap = 0; tap < backward.Length; tap++) backward[tap].Fill(ordered + (tap * Channels), 1, Taps * Channels);
    }

    public override void Forward(int rows, float* x, StridedRows y, float* memory) =>
        Multiply(forward, new PanelCall { Source = x, SourceStride = XPitch, Segments = Taps, SegmentLength = Channels, SegmentStride = (nint)rows * XPitch, Rows = rows }, y);

    public override void AddGradient(int rows, float* x, float* dy, float* dw, nint dwPitch, float* memory) =>
        WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = Outputs, Outputs = Channels, X = dy, XStride = YPitch, Dy = x, DyStride = XPitch, Dw = dw, DwStride = dwPitch });

    public override void Project(int tap, int rows, float* dy, float* dx, float* memory) =>
        Multiply(backward[tap], new PanelCall { Source = dy, SourceStride = YPitch, Segments = 1, SegmentLength = Outputs, Rows = rows }, new StridedRows(dx, XPitch));

    private static void Multiply(PackedPanels panels, PanelCall call, StridedRows target)
    {
        call.Target = target.Start;
        (call.TargetStride, call.TargetPlaneStride, call.IsBare) = (target.RowStride, SimdWidth.Lanes, true);
        Panels.Run(panels, 0, panels.Count, call);
    }
}
