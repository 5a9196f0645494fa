using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Factors of the whole batch where there is a cell for each image, as beside statistics of images: the moments and the sums of all cells are joined, and
/// every cell has the factors of the one that they make.
/// </summary>
internal sealed unsafe class JoinedFactors : NormFactors
{
    private readonly NormFactors factors;
    private readonly Tensor memory;
    private readonly NormTable whole;

    /// <summary>Joins cells.</summary>
    /// <param name="factors">The factors of the whole.</param>
    /// <param name="channels">The number of channels.</param>
    public JoinedFactors(NormFactors factors, int channels)
    {
        this.factors = factors;
        memory = new Tensor([NormTable.Floats(1, 1, channels)]);
        whole = new NormTable(memory.Pointer, 1, 1, channels);
    }

    /// <inheritdoc/>
    public override bool NeedsBatch => true;

    /// <inheritdoc/>
    public override void BeginForward(in NormTable table, int count)
    {
        table.JoinMoments(count, whole);
        factors.Forward(whole, 0, 1);
    }

    /// <inheritdoc/>
    public override void BeginBackward(in NormTable table, int count)
    {
        table.JoinGradients(count, whole);
        factors.Backward(whole, 0, 1);
    }

    /// <inheritdoc/>
    public override void Forward(in NormTable table, int first, int end)
    {
        for (int cell = first; cell < end; cell++)
        {
            Copy(whole.About(0), table.About(cell));
            Copy(whole.Scale(0), table.Scale(cell));
            Copy(whole.Shift(0), table.Shift(cell));
        }
    }

    /// <inheritdoc/>
    public override void Backward(in NormTable table, int first, int end)
    {
        for (int cell = first; cell < end; cell++)
        {
            Copy(whole.K1(0), table.K1(cell));
            Copy(whole.K2(0), table.K2(cell));
            Copy(whole.K3(0), table.K3(cell));
        }
    }

    /// <inheritdoc/>
    public override void AddGradients(in NormTable table, int count) => factors.AddGradients(whole, 1);

    /// <inheritdoc/>
    public override void Track(in NormTable table, int count, float? momentum) => factors.Track(whole, 1, momentum);

    private void Copy(float* from, float* to) => new ReadOnlySpan<float>(from, whole.Channels).CopyTo(new Span<float>(to, whole.Channels));
}
