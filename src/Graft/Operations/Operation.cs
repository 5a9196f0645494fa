using System.Collections.Immutable;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// What a node computes: attributes, the rule for its output's shape, the parameters and buffers it owns, and how it is written to files and run. Each operation is one file; networks only hold it
/// as data, and plans are made of what it says here.
/// </summary>
public abstract record Operation
{
    /// <summary>The operation's name as it is printed, for example <c>conv 3x3 /2</c>.</summary>
    public abstract string Label { get; }

    /// <summary>The number of values that it takes.</summary>
    public virtual int Arity => 1;

    /// <summary>The output's shape, <c>[batch, height, width, channels]</c> or <c>[batch, features]</c>.</summary>
    /// <param name="inputs">The shapes of the inputs, as many as <see cref="Arity"/>.</param>
    /// <exception cref="NetworkException">The inputs do not fit the operation.</exception>
    public abstract Shape OutputShape(ReadOnlySpan<Shape> inputs);

    /// <summary>The parameters and buffers that the operation owns, in the order of the reference frameworks.</summary>
    /// <param name="inputs">The shapes of the inputs.</param>
    public virtual ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs) => [];

    /// <summary>The number of multiply-adds of convolutions and dense layers, as papers count them: the other operations count as 0.</summary>
    /// <param name="inputs">The shapes of the inputs, the batch included.</param>
    public virtual long MultiplyAdds(ReadOnlySpan<Shape> inputs) => 0;

    /// <summary>Writes the name and the fields that it has in a <c>.graft</c> file. What reads them is a static method <c>Read</c>, found by the <see cref="OperationNameAttribute"/>.</summary>
    internal abstract void Write(FieldWriter fields);

    /// <summary>The scalar reference: what every kernel is tested against.</summary>
    internal abstract void Reference(ReferenceNode node);

    /// <summary>The scalar reference of the backward: a gradient for every input and every parameter.</summary>
    internal abstract void ReferenceBackward(ReferenceNode node);

    /// <summary>Makes what runs it in an inference plan.</summary>
    /// <exception cref="NotSupportedException">Such a plan cannot run it; the message says why, as the rest of a sentence that begins with the node.</exception>
    internal abstract InferenceKernel Infer(InferenceNode node);

    /// <summary>Makes what runs it in a training plan, unless its output's readers can (<see cref="IsAppliedByReaders"/>).</summary>
    internal abstract TrainingKernel Train(TrainingNode node);

    /// <summary>Whether an inference plan can run it on bytes, where all its inputs are.</summary>
    /// <param name="inputs">The shapes of the inputs.</param>
    internal virtual ByteUse OnBytes(ReadOnlySpan<Shape> inputs) => ByteUse.None;

    /// <summary>Which of what follows it the inference kernel does at its end.</summary>
    /// <param name="inputs">The shapes of the inputs.</param>
    internal virtual EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.None;

    /// <summary>Whether it hands on its input as it is.</summary>
    /// <param name="isTraining">In training; otherwise in inference.</param>
    internal virtual bool IsIdentity(bool isTraining) => false;

    /// <summary>Whether it draws at random in training.</summary>
    internal virtual bool IsRandom => false;

    /// <summary>Whether it is the plain sum of its two inputs, which the layer before it may add.</summary>
    internal virtual bool IsSum => false;

    /// <summary>The function that it applies to every element, where it is no more than that; null otherwise.</summary>
    internal virtual Activations.ActivationFunction? Elementwise => null;

    /// <summary>Whether it is, in inference, a scale and a shift for each channel that are known before any image: they may go into the weights before it.</summary>
    internal virtual bool IsFixedAffine => false;

    /// <summary>That scale and shift.</summary>
    /// <param name="weight">Its weights and buffers, by name.</param>
    internal virtual ChannelAffine Affine(Func<string, Tensor> weight) => throw new InvalidOperationException($"A {Label} is no scale and shift.");

    /// <summary>What it does to channels, for who takes some of them away.</summary>
    /// <param name="inputs">The shapes of the inputs.</param>
    internal virtual ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Fixed;

    /// <summary>The first of its channels that is treated in another way than those before it; null where all are treated alike. One of either kind must stay.</summary>
    /// <param name="channels">The number of channels.</param>
    internal virtual int? ChannelSplit(int channels) => null;

    /// <summary>The operation on a part of its channels.</summary>
    internal virtual Operation WithChannels(KeptChannels kept) => this;

    /// <summary>What is left of a weight with a part of the channels.</summary>
    /// <param name="parameter">The weight's name within the operation.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="kept">The channels that stay.</param>
    internal virtual Tensor Cut(string parameter, Tensor weight, KeptChannels kept) => weight.Shape[0] == kept.Before ? KeptChannels.Rows(weight, kept.Outputs) : weight;

    /// <summary>Whether it keeps statistics of the batches that it is trained on.</summary>
    internal virtual bool KeepsStatistics => false;

    /// <summary>Whether it looks at the whole batch, whatever is trained.</summary>
    internal virtual bool NeedsBatch => false;

    /// <summary>Whether, in training, the readers of a value apply it on the way, so that it takes no step and no memory of its own.</summary>
    internal virtual bool IsAppliedByReaders => false;

    /// <summary>Whether the readers of a value can apply it behind what they apply already.</summary>
    internal virtual bool FitsOn(ActivationBuffer buffer) => buffer.IsPlain;

    /// <summary>Lets the readers of a value apply it.</summary>
    internal virtual void ApplyTo(ActivationBuffer buffer, TrainingNode node) => throw new InvalidOperationException($"A {Label} is a step of its own.");

    private protected static Shape Image(Shape input, string operation) => input.Rank == 4
        ? input
        : throw new NetworkException($"{("aeiou".Contains(operation[0]) ? "An" : "A")} {operation} takes [batch, height, width, channels], not {input}.");
}
