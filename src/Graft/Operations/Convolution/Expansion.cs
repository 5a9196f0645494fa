using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A 1x1 convolution y = x w of few channels to many whose output is never stored: its only reader has rows of it computed when it needs them, in the forward and once more in the backward. What the norm behind it has to
/// know of all rows follows from the sums s = sum x and G = sum x x^T over the rows of the thin input: for a column w of the weights, n mean = w^T s and n (variance + mean^2) = w^T G w.
/// </summary>
/// <remarks>
/// Backward, with dz the gradient behind the norm and dy = k1 dz + k2 y + k3 that in front of it, where k2 and k3 are known only when all rows of dz are, everything is linear in x and dz:
/// <code>
/// dw = x^T dy = (x^T dz) k1 + G w k2 + s k3
/// dx = dy w^T = dz (k1 w^T) + x (w k2 w^T) + k3 w^T
/// </code>
/// so that one pass over dz gives x^T dz and the first term of dx, which is as thin as x, and a second pass over thin values the rest.
/// </remarks>
internal sealed unsafe class Expansion
{
    // Products of fewer channels are faster in float32: half of a vector of what goes back to them would be computed in vain.
    private const int BlockRows = 112, LeastPairDepth = 16;

    private readonly InputUse input;
    private readonly ActivationBuffer between;
    private readonly AppliedNorm norm;
    private readonly ExpansionProducts products;
    private readonly PackedPanels correction;
    private readonly Tensor trained, scaled, square, constant, zeros;
    private readonly Tensor? weightGradient;
    private readonly double[] partSums, gram, sums;
    private readonly int depth, outputs, width, rowsAtOnce, offset, gramPitch;
    private Tensor weight;

    /// <summary>Takes over the work of a convolution.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="offset">Where a worker's memory begins that is free for it.</param>
    public Expansion(ConvolutionTrainingKernel convolution, int offset)
    {
        (input, between, this.offset) = (convolution.Inputs[0], convolution.Output, offset);
        (norm, trained, weightGradient) = (between.Norm!, convolution.Weight, convolution.WeightGradient);
        (depth, outputs, width) = (convolution.Geometry.Channels, convolution.Geometry.OutChannels, between.Width);
        (rowsAtOnce, gramPitch, weight) = (Math.Max(width, BlockRows), TrainingKernel.Align(depth), trained);
        products = convolution is PairConvolutionTraining && depth >= LeastPairDepth ? new PairExpansionProducts(depth, outputs, rowsAtOnce) : new FloatExpansionProducts(depth, outputs, rowsAtOnce);
        correction = new PackedPanels(depth, depth, new WeightBlock(((depth + 64) * (depth + 64)) + depth + 256));
        (scaled, square, constant, zeros) = (new Tensor([outputs, depth]), new Tensor([depth, depth]), new Tensor([depth]), new Tensor([depth]));
        partSums = GC.AllocateArray<double>(Division.MostParts * SumsOfPart, pinned: true);
        (gram, sums) = (new double[depth * depth], new double[depth]);
    }

    /// <summary>The numbers that a worker needs: rows of x and of its gradient, rows of y and of its gradient, a Gram matrix, and what the products need.</summary>
    public int ScratchFloats => (2 * (rowsAtOnce + 1) * products.XPitch) + (2 * (width + 1) * products.YPitch) + (depth * gramPitch) + products.ScratchFloats;

    /// <summary>The numbers that a part of the backward adds up in.</summary>
    public int PartFloats => weightGradient is null ? 0 : depth * products.YPitch;

    /// <summary>The numbers of <see cref="FirstTerms"/> for a pixel.</summary>
    public int FirstTermsPitch => NeedsGradient ? products.ProjectedPitch : 0;

    /// <summary>Where the first terms of dx lie between the passes of the backward.</summary>
    public float* FirstTerms { get; set; }

    /// <summary>The numbers of a part that the depthwise convolution adds up in; those of all its parts come first.</summary>
    public int FloatsBefore { get; init; }

    private bool NeedsGradient => input.Buffer.NeedsGradient;

    private bool ReadsInPlace => products.ReadsInPlace && input.Buffer.IsPlain;

    private int SumsOfPart => (depth * depth) + (2 * depth);

    /// <summary>Takes over weights that changed.</summary>
    public void Pack() => weight = products.Pack(trained);

    /// <summary>Adds up s and G of a part of the images.</summary>
    public void AddUp(in Work work, int first, int end)
    {
        Span<double> part = partSums.AsSpan(work.Part * SumsOfPart, SumsOfPart);
        part.Clear();
        float* product = Memory(work, Place.Gram);
        fixed (double* total = part)
        {
            for (int row = first; row < end; row += BlockRows)
            {
                int rows = Math.Min(BlockRows, end - row);
                float* x = LoadRows(work, row, rows, out nint stride);
                new Span<float>(product, depth * gramPitch).Clear();
                products.AddGram(rows, x, stride, product, gramPitch, Memory(work, Place.Products), input.Buffer.FetchValues(row + rows, rows));
                for (int k = 0; k < depth; k++)
                    for (int n = 0; n < depth; n++) total[(k * depth) + n] += product[(k * gramPitch) + n];

                // Its sums of squares are the diagonal once more.
                MomentsKernel.Run(rows, depth, new StridedRows(x, stride), zeros.Pointer, total + (depth * depth), total + (depth * (depth + 1)));
            }
        }
    }

    /// <summary>When all parts of the images were added up: the norm.</summary>
    public void FinishNorm(int parts, long rows)
    {
        if (norm.UsesBatch) FinishMoments(parts, rows);
        for (int o = 0; o < outputs; o++)
            for (int k = 0; k < depth; k++) scaled.Span[(o * depth) + k] = norm.Scale(0)[o] * weight.Span[(o * depth) + k];
        products.PackScaled(scaled, new ReadOnlySpan<float>(norm.Shift(0), outputs));
    }

    /// <summary>Once after each forward of a training.</summary>
    public void Track(long rows, float? momentum) => norm.Track(rows, momentum);

    /// <summary>Reads a row of an image of the output, behind norm and activation.</summary>
    public void Load(in Work work, int firstRow, StridedRows target)
    {
        float* x = LoadRows(work, firstRow, width, out nint stride);
        products.ExpandNormalized(width, x, stride, norm, between.Clamp, target, Memory(work, Place.Y), Memory(work, Place.Products), input.Buffer.FetchValues(firstRow + width, width));
    }

    /// <summary>Computes a row of an image of the output.</summary>
    public StoredRows Compute(in Work work, int firstRow)
    {
        float* x = LoadRows(work, firstRow, width, out nint stride), y = Memory(work, Place.Y);
        products.Expand(width, x, stride, y, Memory(work, Place.Products), input.Buffer.FetchValues(firstRow + width, width));
        return new StoredRows(y, products.YPitch);
    }

    /// <summary>Where the gradient of a row of an image of the output is to be put.</summary>
    public StoredRows GradientRow(in Work work) => new(Memory(work, Place.Dz), products.YPitch);

    /// <summary>Before the backward of a part.</summary>
    public void BeginBackward(in Work work) => new Span<float>(SumsOf(work), PartFloats).Clear();

    /// <summary>Takes the gradient of the row that was computed last.</summary>
    public void GiveGradient(in Work work, int firstRow)
    {
        float* dz = Memory(work, Place.Dz), x = RowsOf(work, firstRow, out nint stride);
        products.AddGradient(width, x, stride, dz, weightGradient is null ? null : SumsOf(work), Memory(work, Place.Products));
        if (NeedsGradient) products.Project(width, dz, FirstTerms + ((nint)firstRow * FirstTermsPitch), Memory(work, Place.Products));
    }

    /// <summary>When all rows have their dz: k2 and k3, the gradient of the weights, and what is missing of dx.</summary>
    public void FinishBackward(int parts, float* partials, long rows)
    {
        norm.FinishBackward(rows);
        float* k1 = norm.K1(0), k2 = norm.K2(0), k3 = norm.K3(0), sum = partials + (parts * FloatsBefore);
        double[] product = new double[depth], squares = new double[depth * depth], constants = new double[depth];
        for (int o = 0; o < outputs; o++)
        {
            ReadOnlySpan<float> w = WeightsOf(o);
            for (int k = 0; NeedsGradient && k < depth; k++)
            {
                constants[k] += (double)k3[o] * w[k];
                double factor = (double)k2[o] * w[k];
                for (int n = 0; n < depth; n++) squares[(k * depth) + n] += factor * w[n];
            }

            if (weightGradient is null) continue;
            Span<float> gradient = weightGradient.Span.Slice(o * depth, depth);
            if (norm.UsesBatch) GramTimes(w, product);
            for (int k = 0; k < depth; k++)
            {
                double dw = (double)k1[o] * PartialSumKernel.Sum(sum + (k * products.YPitch) + o, PartFloats, parts);
                if (norm.UsesBatch) dw += (k2[o] * product[k]) + (k3[o] * sums[k]);
                gradient[k] += (float)dw;
            }
        }

        if (!NeedsGradient) return;
        for (int i = 0; i < squares.Length; i++) square.Span[i] = (float)squares[i];
        for (int k = 0; k < depth; k++) constant.Span[k] = (float)constants[k];
        correction.Fill(square.Pointer, depth, 1);
        correction.FillBias(constant.Span);
    }

    /// <summary>Gives rows of the input their gradient.</summary>
    public void GiveInputGradient(in Work work, int first, int end)
    {
        if (!NeedsGradient) return;
        for (int row = first; row < end; row += BlockRows)
        {
            int rows = Math.Min(BlockRows, end - row);
            float* firstTerms = FirstTerms + ((nint)row * FirstTermsPitch);
            StridedRows dx = new(firstTerms, FirstTermsPitch);
            if (norm.UsesBatch)
            {
                float* x = LoadRows(work, row, rows, out nint stride);
                dx = new StridedRows(Memory(work, Place.Dx), products.XPitch);
                Panels.Run(correction, 0, correction.Count, new PanelCall
                {
                    Source = x,
                    SourceStride = stride,
                    Rows = rows,
                    Segments = 1,
                    SegmentLength = depth,
                    Target = dx.Start,
                    TargetStride = dx.RowStride,
                    TargetPlaneStride = SimdWidth.Lanes,
                    Residual = firstTerms,
                    ResidualStride = FirstTermsPitch,
                    Clamp = Clamp.None,
                });
            }

            input.AccumulateGradient(work.Part, row, rows, dx);
        }
    }

    private void FinishMoments(int parts, long rows)
    {
        fixed (double* all = partSums)
        {
            for (int i = 0; i < gram.Length; i++) gram[i] = PartialSumKernel.Sum(all + i, SumsOfPart, parts);
            for (int k = 0; k < depth; k++) sums[k] = PartialSumKernel.Sum(all + gram.Length + k, SumsOfPart, parts);
        }

        double[] means = new double[outputs], variances = new double[outputs], product = new double[depth];
        for (int o = 0; o < outputs; o++)
        {
            ReadOnlySpan<float> w = WeightsOf(o);
            GramTimes(w, product);
            double mean = 0, squares = 0;
            for (int k = 0; k < depth; k++) (mean, squares) = (mean + (w[k] * sums[k]), squares + (w[k] * product[k]));
            means[o] = mean / rows;
            variances[o] = Math.Max(0, (squares / rows) - (means[o] * means[o]));
        }

        norm.FinishForward(rows, means, variances);
    }

    private ReadOnlySpan<float> WeightsOf(int output) => weight.Span.Slice(output * depth, depth);

    private void GramTimes(ReadOnlySpan<float> w, Span<double> product)
    {
        for (int k = 0; k < depth; k++)
        {
            double sum = 0;
            for (int n = 0; n < depth; n++) sum += gram[(k * depth) + n] * w[n];
            product[k] = sum;
        }
    }

    private float* LoadRows(in Work work, int row, int rows, out nint stride)
    {
        float* x = RowsOf(work, row, out stride);
        if (!ReadsInPlace) input.Buffer.Load(row, rows, new StridedRows(x, stride));
        return x;
    }

    private float* RowsOf(in Work work, int row, out nint stride)
    {
        stride = ReadsInPlace ? depth : products.XPitch;
        return ReadsInPlace ? input.Buffer.Data + ((nint)row * depth) : Memory(work, Place.X);
    }

    private float* SumsOf(in Work work) => work.Sums + (work.Parts * FloatsBefore) + (work.Part * (nint)PartFloats);

    private enum Place
    {
        X,
        Dx,
        Y,
        Dz,
        Gram,
        Products,
    }

    private float* Memory(in Work work, Place place)
    {
        int x = (rowsAtOnce + 1) * products.XPitch, y = (width + 1) * products.YPitch;
        return work.Memory + offset + place switch
        {
            Place.X => 0,
            Place.Dx => x,
            Place.Y => 2 * x,
            Place.Dz => (2 * x) + y,
            Place.Gram => 2 * (x + y),
            _ => (2 * (x + y)) + (depth * gramPitch),
        };
    }
}
