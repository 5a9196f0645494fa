namespace Graft.Plans;

/// <summary>A step that copies its input, for what readers apply to a value that others need as it is, and for outputs.</summary>
/// <param name="input">What is copied.</param>
/// <param name="output">Where it goes.</param>
internal sealed unsafe class CopyKernel(InputUse input, ActivationBuffer output) : BlockKernel([input], output, isLocal: true)
{
    /// <summary>Makes the copy that a node's readers apply it to.</summary>
    public CopyKernel(TrainingNode node)
        : this(node.Inputs[0], node.Output)
    {
    }

    /// <inheritdoc/>
    protected override bool ReadsInputs => false;

    /// <inheritdoc/>
    protected override void Forward(in Block block, float** x, float* y) => new ReadOnlySpan<float>(x[0], block.Count).CopyTo(new Span<float>(y, block.Count));

    /// <inheritdoc/>
    protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx) => dy;
}
