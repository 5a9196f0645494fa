using Graft.Operations;
using System.Collections.Immutable;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Networks.Passes;
using Graft.Tensors;
using Graft.Training.Losses;

namespace Graft.Vision.Stylization;

/// <summary>
/// Networks for any style (Huang and Belongie 2017, arXiv:1703.06868): a picture and a style go through one encoder, <see cref="AdaptiveInstanceNorm"/> gives the picture's features the style's means and deviations,
/// and a decoder paints them. For one style these are the scale and shift of an instance norm, and what is left has one input, for a <see cref="Stylizer"/>.
/// </summary>
public static class AdaptiveStyle
{
    /// <summary>The second input, a style: a preprocessed picture of the size of the first.</summary>
    public const string Style = "style";

    /// <summary>The node of the adaptive instance norm.</summary>
    internal const string Norm = "adain";

    private const string EncoderScope = "encoder.", StyleScope = "style.", DecoderScope = "decoder.";

    /// <summary>The network: two inputs, <c>image</c> and <c>style</c>, and one encoder for both.</summary>
    /// <param name="encoder">A network with one input and one output, features.</param>
    /// <param name="decoder">A network from features to a picture.</param>
    internal static Network Of(Network encoder, Network decoder)
    {
        NetworkInput size = encoder.Graph.Inputs[0];
        GraphBuilder builder = new("adaptive_style");
        string image = builder.Input(StyleGenerator.Image, size.Height, size.Width, 3), style = builder.Input(Style, size.Height, size.Width, 3);
        string content = Encode(EncoderScope, image), styled = Encode(StyleScope, style);
        string features = builder.Add(Norm, new AdaptiveInstanceNorm(), content, styled);
        Graph encoded = Finish(builder, features);
        ImmutableArray<Node> nodes =
        [
            .. encoded.Nodes.Select(node => node.Name.StartsWith(StyleScope, StringComparison.Ordinal) ? node with { Scope = EncoderScope + node.Scope[StyleScope.Length..] } : node),
            .. decoder.Graph.Nodes.Select(node => new Node(DecoderScope + node.Name, node.Operation, [.. node.Inputs.Select(input => input == StyleDecoder.Features ? features : DecoderScope + input)]) { Scope = DecoderScope + node.Scope }),
        ];
        Graph graph = new("adaptive_style", encoded.Inputs, nodes, [new NetworkOutput(StyleGenerator.Picture, DecoderScope + decoder.Graph.Output(StyleGenerator.Picture).Value)]);
        Dictionary<string, Tensor> weights = encoder.Weights.Select(w => KeyValuePair.Create(EncoderScope + w.Key, w.Value))
            .Concat(decoder.Weights.Select(w => KeyValuePair.Create(DecoderScope + w.Key, w.Value))).ToDictionary();
        return new Network(graph, weights);

        string Encode(string scope, string input)
        {
            foreach (Node node in encoder.Graph.Nodes) builder.Add(scope + node.Name, node.Operation, [.. node.Inputs.Select(name => name == size.Name ? input : scope + name)]);
            return scope + encoder.Graph.Outputs[^1].Value;
        }
    }

    /// <summary>Whether a model takes any style.</summary>
    /// <param name="model">The model.</param>
    public static bool IsAdaptive(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Network.Graph.Inputs.Select(input => input.Name).SequenceEqual([StyleGenerator.Image, Style]);
    }

    /// <summary>The model for one style: its means and deviations are computed here, once.</summary>
    /// <param name="model">A model for any style.</param>
    /// <param name="style">The style; its middle square is taken.</param>
    /// <exception cref="GraftException">The model does not take a style.</exception>
    public static Model WithStyle(this Model model, RgbImage style)
    {
        ArgumentNullException.ThrowIfNull(style);
        Graph graph = model.Network.Graph;
        if (!IsAdaptive(model) || graph.Nodes.FirstOrDefault(node => node.Operation is AdaptiveInstanceNorm) is not { } norm)
            throw new GraftException($"'{graph.Architecture}' takes no style beside the picture. Train one that does: graft style train --style FOLDER.");
        Network encoder = Part(model.Network, Style, norm.Inputs[1]).WithInputSize(model.Preprocessing.Resolution, model.Preprocessing.Resolution);
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        float[] pixels = new float[preprocessor.Length];
        preprocessor.Apply(style, pixels);
        using InferenceSession session = InferencePlan.Compile(encoder).CreateSession();
        session.Run(pixels);
        int channels = graph.Shapes[norm.Inputs[1]][3];
        (double[] means, double[] deviations) = MomentsLoss.Moments(session.Output(encoder.Graph.Outputs[^1].Name), channels);

        InstanceNorm fixedNorm = new() { Epsilon = ((AdaptiveInstanceNorm)norm.Operation).Epsilon };
        Node replaced = new(norm.Name, fixedNorm, [norm.Inputs[0]]);
        Graph joined = new(graph.Architecture, graph.Inputs, [.. graph.Nodes.Select(node => node == norm ? replaced : node)], graph.Outputs);
        Dictionary<string, Tensor> weights = new(model.Network.Weights)
        {
            [replaced.WeightName("weight")] = new Tensor([channels], [.. deviations.Select(value => (float)value)]),
            [replaced.WeightName("bias")] = new Tensor([channels], [.. means.Select(value => (float)value)]),
        };
        return model with { Network = Part(new Network(joined, weights), StyleGenerator.Image, graph.Outputs[^1].Value) };
    }

    private static Graph Finish(GraphBuilder builder, string output)
    {
        builder.Output("features", output);
        return builder.Build();
    }

    /// <summary>What computes a value from one of the inputs.</summary>
    private static Network Part(Network network, string input, string value)
    {
        Graph graph = network.Graph;
        HashSet<string> needed = [value];
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (needed.Contains(node.Name)) needed.UnionWith(node.Inputs);
        }

        NetworkOutput output = graph.Outputs[^1].Value == value ? graph.Outputs[^1] : new NetworkOutput("features", value);
        Graph part = new(graph.Architecture, [graph.Inputs.Single(i => i.Name == input)], [.. graph.Nodes.Where(node => needed.Contains(node.Name))], [output]);
        return new Network(part, part.Parameters.Keys.ToDictionary(name => name, name => network.Weights[name]));
    }
}
