using Graft.Activations;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Replaces the normalizations of a network by others.</summary>
public static class ReplaceNorms
{
    /// <summary>Replaces every normalization by another one.</summary>
    /// <remarks>
    /// Scale and shift are kept where the new one has such for as many channels, and the rest begins as it does in a new network. Running statistics are dropped, except from one batch normalization to another: these
    /// compute the same in inference, and keep statistics, epsilon and momentum. A normalization that is removed leaves its scale and shift in the weights and bias of the convolution or dense layer before it; where
    /// there is none of its own, nothing is left. The threshold of <see cref="FilterResponseNorm"/> stands for the ReLU or ReLU6 that follows, which goes and comes with it; where none follows, there is no threshold.
    /// Local response normalization, which has no weights, and adaptive instance normalization stay; so does a normalization of features where the new one has statistics of a channel's pixels.
    /// </remarks>
    /// <param name="network">The network.</param>
    /// <param name="make">The new normalization for a number of channels; null removes the old one.</param>
    /// <exception cref="NetworkException">A new normalization does not fit its channels.</exception>
    public static ReplacedNormalization ReplaceNormalization(this Network network, Func<int, Operation?> make)
    {
        Replacement replacement = new(network);
        foreach (Node node in network.Graph.Nodes) replacement.Add(node, make);
        return replacement.Finish();
    }

    /// <summary>Whether an operation is a normalization that another one can stand for.</summary>
    internal static bool IsNormalization(Operation operation) => operation is Normalization { IsReplaceable: true };

    private sealed class Replacement(Network network)
    {
        private readonly Graph graph = network.Graph;
        private readonly List<Node> nodes = [];
        private readonly Dictionary<string, string> aliases = [];
        private readonly Dictionary<string, Tensor> changed = [];
        private readonly List<string> labels = [];
        private readonly HashSet<string> keptBuffers = [];
        private readonly FreshNames names = new(network.Graph);
        private int count;
        private bool changes;

        public void Add(Node node, Func<int, Operation?> make)
        {
            Node next = node.Taking(Value);
            if (aliases.ContainsKey(node.Name)) return;
            if (!IsNormalization(node.Operation))
            {
                nodes.Add(next);
                return;
            }

            Shape shape = graph.Shapes[node.Inputs[0]];
            Operation? made = make(shape[^1]);
            if (made is Normalization { NeedsImage: true } && shape.Rank < 4)
            {
                nodes.Add(next);
                keptBuffers.UnionWith(node.Operation.Parameters([shape]).Select(p => node.WeightName(p.Name)));
                return;
            }

            count++;
            bool hadActivation = node.Operation is Normalization { HasActivation: true };
            if (made is null)
            {
                aliases.Add(node.Name, next.Inputs[0]);
                LeaveInLayer(node, next.Inputs[0]);
                if (hadActivation) Activate(node, next.Inputs[0]);
                changes = true;
                labels.Add("none");
                return;
            }

            if (node.Operation is BatchStatisticsNorm old && made is BatchStatisticsNorm other && old.Statistics == other.Statistics)
            {
                made = other with { Epsilon = old.Epsilon, Momentum = old.Momentum };
                keptBuffers.UnionWith(made.Parameters([graph.Shapes[node.Inputs[0]]]).Where(p => p.IsBuffer).Select(p => node.WeightName(p.Name)));
            }
            else if (made != node.Operation)
            {
                changes = true;
            }
            else
            {
                keptBuffers.UnionWith(made.Parameters([graph.Shapes[node.Inputs[0]]]).Select(p => node.WeightName(p.Name)));
            }

            if (made is Normalization { HasActivation: true } activated && !hadActivation)
            {
                if (ActivationAfter(node) is { } activation) aliases.Add(activation.Name, node.Name);
                else made = activated.WithActivation(false);
            }

            labels.Add(made.Label);
            nodes.Add(next with { Operation = made });
            if (hadActivation && made is not Normalization { HasActivation: true }) Activate(node, node.Name);
        }

        /// <summary>The ReLU or ReLU6 that alone takes a node's value, or null.</summary>
        private Node? ActivationAfter(Node node) => graph.SoleConsumer(node.Name) is { Operation.Elementwise: { } function } activation
            && (function == ActivationFunction.Relu || function == ActivationFunction.Relu6) ? activation : null;

        private void Activate(Node node, string value)
        {
            string name = names.Take($"{node.Name}.act");
            nodes.Add(new Node(name, new Activation(ActivationFunction.Relu), [value]));
            aliases[node.Name] = name;
        }

        public ReplacedNormalization Finish()
        {
            Graph result = graph.WithNodes([.. nodes], Value);
            Dictionary<string, Tensor> weights = [];
            Network? fresh = null;
            foreach ((string name, Parameter parameter) in result.Parameters)
            {
                bool isKept = network.Weights.TryGetValue(name, out Tensor? old) && old.Shape == parameter.Shape
                    && (!parameter.IsBuffer || keptBuffers.Contains(name));
                weights.Add(name, changed.TryGetValue(name, out Tensor? tensor) ? tensor : isKept ? old! : (fresh ??= Network.Random(result, 0)).Weights[name]);
            }

            return new ReplacedNormalization(new Network(result, weights), count, changes, Report());
        }

        private string Report()
        {
            string[] kinds = [.. labels.Distinct()];
            if (count == 0) return $"'{graph.Architecture}' has no normalization that could be replaced.";
            string what = $"{Amount.Of(count, "normalization")} of '{graph.Architecture}' {Amount.Word(count, "is", "are")} now {string.Join(", ", kinds)}";
            return changes
                ? $"{what}: scales and shifts were kept where they fit, statistics were dropped. The network computes something else than before and must be trained again."
                : $"{what}, with the same scales, shifts and statistics: in inference it computes what it did.";
        }

        /// <summary>Puts a removed norm's scale and shift into the layer before it, where that is its own.</summary>
        private void LeaveInLayer(Node norm, string before)
        {
            int index = nodes.FindIndex(node => node.Name == before);
            if (index < 0 || nodes[index].Operation is not ILinearLayer linear) return;
            Node layer = nodes[index];
            if (graph.Uses(norm.Inputs[0]) != 1 || norm.Inputs[0] != before || graph.Sharers(layer.Scope).Count != 1) return;
            nodes[index] = layer with { Operation = linear.WithBias() };

            Tensor weight = new(network.Weight(layer, "weight").Shape, network.Weight(layer, "weight").Span);
            Tensor bias = new([weight.Shape[0]], linear.HasBias ? network.Weight(layer, "bias").Span : new float[weight.Shape[0]]);
            ReadOnlySpan<float> scale = Of("weight"), shift = Of("bias");

            // Standardized weights have no length of their own: a scale would be lost in them.
            bool scales = scale.Length == bias.Span.Length && linear.IsPlain;
            int depth = weight.Span.Length / Math.Max(1, bias.Span.Length);
            for (int o = 0; o < bias.Span.Length; o++)
            {
                if (scales)
                {
                    foreach (ref float value in weight.Span.Slice(o * depth, depth)) value *= scale[o];
                    bias.Span[o] *= scale[o];
                }

                if (shift.Length == bias.Span.Length) bias.Span[o] += shift[o];
            }

            changed[layer.WeightName("weight")] = weight;
            changed[layer.WeightName("bias")] = bias;

            ReadOnlySpan<float> Of(string name) => network.Weights.TryGetValue(norm.WeightName(name), out Tensor? tensor) ? tensor.Span : default;
        }

        private string Value(string name) => aliases.GetValueOrDefault(name, name);
    }
}

/// <summary>A network whose normalizations were replaced.</summary>
/// <param name="Network">The network.</param>
/// <param name="Count">How many normalizations there were.</param>
/// <param name="MustBeTrained">Whether it computes something else than before, so that what it had learned is lost until it is trained again.</param>
/// <param name="Report">What became of them, for people: one or two sentences.</param>
public sealed record ReplacedNormalization(Network Network, int Count, bool MustBeTrained, string Report);
