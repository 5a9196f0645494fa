using Graft.Networks;
using Graft.Tensors;

namespace Graft.Training.Optimizers;

/// <summary>How large the weights of a network are: what makes a learning rate relative.</summary>
/// <remarks>
/// <para>A step of Adam has the size of the learning rate, whatever it changes. Behind a norm the size of a matrix is arbitrary: the same function may be written with weights of 0.03 or of 3, and a step
/// that is right for one is a hundredth of it, or a hundred times it, for the other. A step that is a part of the weights' root mean square is the same for both (LARS, You et al. 2017, arXiv:1708.03888;
/// Adafactor, Shazeer and Stern 2018, arXiv:1804.04235, section 8).</para>
/// <para>Norms and biases have no such freedom, as they act on what a norm has brought to one scale. They are not measured, as in LAMB: each counts as <see cref="OfVectors"/>.</para>
/// </remarks>
public static class WeightScales
{
    /// <summary>The scale of norms and biases.</summary>
    public const double OfVectors = 0.125;

    // A matrix of zeros, as some begin, must be able to leave zero.
    private const double Smallest = 1e-3;

    /// <summary>The scale of each parameter of a network: of those of two or more axes the root mean square, of others <see cref="OfVectors"/>.</summary>
    /// <param name="network">The network as it is before it is trained.</param>
    public static IReadOnlyDictionary<string, double> Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Graph.Parameters.Where(parameter => !parameter.Value.IsBuffer).ToDictionary(parameter => parameter.Key, parameter => Of(network.Weights[parameter.Key]));
    }

    private static double Of(Tensor weight)
    {
        if (weight.Shape.Rank < 2) return OfVectors;
        double squares = 0;
        foreach (float value in weight.Span) squares += (double)value * value;
        return Math.Max(Math.Sqrt(squares / weight.Span.Length), Smallest);
    }
}
