using Graft.Kernels.Quantization;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>In which order a layer's weights are in the file.</summary>
/// <param name="Outputs">The outputs.</param>
/// <param name="Inputs">The inputs of each.</param>
/// <param name="Kernel">The side of the kernel.</param>
/// <param name="OutputsLast">Whether they are <c>[height, width, outputs]</c>, not <c>[outputs, height, width, inputs]</c>.</param>
internal readonly record struct WeightLayout(int Outputs, int Inputs, int Kernel, bool OutputsLast)
{
    /// <summary>The taps of a kernel.</summary>
    public int Taps => Kernel * Kernel;

    /// <summary>Where the file has the weight of an output, an input and a tap.</summary>
    public int Place(int output, int input, int tap) => OutputsLast ? (tap * Outputs) + output : (((output * Taps) + tap) * Inputs) + input;
}

/// <summary>What a layer computes with, in Graft's order.</summary>
/// <param name="Weight">The weights <c>[outputs, inputs, kernel, kernel]</c>, of a dense layer <c>[outputs, inputs]</c>.</param>
/// <param name="Scales">The scale of each output's whole numbers; null where the layer stays in float32.</param>
/// <param name="Bias">What is added to each output; null where nothing is.</param>
internal sealed record LayerWeights(Tensor Weight, Tensor? Scales, Tensor? Bias)
{
    /// <summary>Reads a layer's weights and bias.</summary>
    /// <param name="reader">What is known so far.</param>
    /// <param name="op">The layer.</param>
    /// <param name="tensor">Its weights.</param>
    /// <param name="layout">Their order.</param>
    /// <param name="isMatrix">Whether the layer is dense.</param>
    public static LayerWeights Read(GraphReader reader, LiteOperator op, LiteTensor tensor, WeightLayout layout, bool isMatrix)
    {
        reader.Spend(op, (long)sizeof(float) * tensor.Count);
        Tensor weight = new(isMatrix ? [layout.Outputs, layout.Inputs] : [layout.Outputs, layout.Inputs, layout.Kernel, layout.Kernel]);
        if (!tensor.Type.IsByte())
        {
            float[] numbers = tensor.Floats();
            Fill(weight, layout, (_, place) => numbers[place]);
            return new LayerWeights(weight, null, Floats(reader, op, layout.Outputs, null));
        }

        (float[] scales, int[] zeroPoints) = ScalesOf(op, tensor, layout);
        int[] whole = tensor.Wholes();
        float[] steps = [.. scales];
        int wide = 0;
        for (int o = 0; o < layout.Outputs; o++)
        {
            int most = Most(o);
            if (most <= RowGridKernel.Most) continue;
            wide++;
            steps[o] = (float)((double)scales[o] * most / RowGridKernel.Most);
        }

        reader.CountLayer(wide);
        Fill(weight, layout, (o, place) => (whole[place] - zeroPoints[o]) * scales[o]);
        Tensor? kept = reader.Weighing == LiteWeights.Bytes || (reader.Weighing == LiteWeights.Exact && wide == 0) ? new Tensor([layout.Outputs], steps) : null;
        if (kept is not null && QuantizedWeight.Problem(kept) is { } wrong) throw op.Refuse($"it {wrong}");
        return new LayerWeights(weight, kept, Floats(reader, op, layout.Outputs, scales));

        int Most(int output)
        {
            int most = 0;
            for (int i = 0; i < layout.Inputs; i++)
                for (int t = 0; t < layout.Taps; t++) most = Math.Max(most, Math.Abs(whole[layout.Place(output, i, t)] - zeroPoints[output]));
            return most;
        }
    }

    // For each output, where the file has one for all, too.
    private static (float[] Scales, int[] ZeroPoints) ScalesOf(LiteOperator op, LiteTensor tensor, WeightLayout layout)
    {
        (float[] scales, int[] zeroPoints) = tensor.Scales(layout.Outputs);
        if (scales.Length == 1) return ([.. Enumerable.Repeat(scales[0], layout.Outputs)], [.. Enumerable.Repeat(zeroPoints[0], layout.Outputs)]);
        int axis = layout.OutputsLast ? tensor.Shape.Length - 1 : 0;
        return scales.Length == layout.Outputs && tensor.ScaleAxis == axis
            ? (scales, zeroPoints)
            : throw op.Refuse($"its weights have {Amount.Of(scales.Length, "scale")} along axis {tensor.ScaleAxis} for {Amount.Of(layout.Outputs, "output")} along axis {axis}.");
    }

    // Whole numbers are in steps of the input's scale times the weight's (Jacob et al. 2018, arXiv:1712.05877, section 2.4).
    private static Tensor? Floats(GraphReader reader, LiteOperator op, int outputs, float[]? scales)
    {
        if (!op.Has(2)) return null;
        LiteTensor tensor = reader.TakeConstant(op, 2, "bias");
        if (tensor.Count != outputs) throw op.Refuse($"its bias has {Amount.Of(tensor.Count, "number")} for {Amount.Of(outputs, "output")}.");
        if (tensor.Type is LiteType.Float32 or LiteType.Float16) return new Tensor([outputs], tensor.Floats());
        if (tensor.Type != LiteType.Int32 || scales is null || reader.Tensor(op.Inputs[0]).Grid is not { } input)
            throw op.Refuse($"its bias is of the type {tensor.Type.Name()}; int32 is read behind values and weights of 8 bits, and else float32.");
        int[] whole = tensor.Wholes();
        return new Tensor([outputs], [.. whole.Select((number, o) => (float)((double)number * input.Scale * scales[o]))]);
    }

    private static void Fill(Tensor weight, WeightLayout layout, Func<int, int, float> number)
    {
        Span<float> numbers = weight.Span;
        int at = 0;
        for (int o = 0; o < layout.Outputs; o++)
        {
            for (int i = 0; i < layout.Inputs; i++)
                for (int t = 0; t < layout.Taps; t++) numbers[at++] = number(o, layout.Place(o, i, t));
        }
    }
}
