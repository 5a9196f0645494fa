using Graft.Plans;

namespace Graft.Operations.Convolution;

/// <summary>A convolution that is run together with others.</summary>
/// <param name="Convolution">The operation.</param>
/// <param name="Node">Its weights and shapes, and what is done at its end.</param>
internal sealed record ConvolutionLayer(Conv2d Convolution, InferenceNode Node);
