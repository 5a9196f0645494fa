using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training.Losses;
using Graft.Vision.Loading;

namespace Graft.Vision.Stylization;

/// <summary>
/// Networks for any style (Huang and Belongie 2017, arXiv:1703.06868): an image and a style go through one encoder, <see cref="AdaptiveInstanceNorm"/> gives the image's features the style's means and deviations,
/// and a decoder paints them. For one style these are the scale and shift of an instance norm, and what is left has one input, for a <see cref="Stylizer"/>.
/// </summary>
internal static class AdaptiveStyle
{
    /// <summary>The second input, a style: a preprocessed image of the size of the first.</summary>
    public const string Style = "style";

    /// <summary>The node of the adaptive instance norm.</summary>
    internal const string Norm = "adain";

    private const string EncoderScope = "encoder.", StyleScope = "style.", DecoderScope = "decoder.";

    /// <summary>The network: two inputs, <c>image</c> and <c>style</c>, and one encoder for both.</summary>
    /// <param name="encoder">A network with one input and one output, features.</param>
    /// <param name="decoder">A network from features to an image.</param>
    internal static Network Of(Network encoder, Network decoder)
    {
        NetworkInput size = encoder.Graph.Inputs[0];
        GraphBuilder builder = new("adaptive_style");
        string image = builder.Input(StyleGenerator.Image, size.Height, size.Width, 3), style = builder.Input(Style, size.Height, size.Width, 3);
        string encoded = encoder.Graph.Outputs[^1].Value;
        string content = builder.Add(encoder.Graph, EncoderScope, [image])(encoded);
        string styled = builder.Add(encoder.Graph, StyleScope, [style], EncoderScope)(encoded);
        string features = builder.Add(Norm, new AdaptiveInstanceNorm(), content, styled);
        builder.Output(StyleGenerator.Styled, builder.Add(decoder.Graph, DecoderScope, [features])(decoder.Graph.Output(StyleGenerator.Styled).Value));
        Dictionary<string, Tensor> weights = encoder.Weights.Select(w => KeyValuePair.Create(EncoderScope + w.Key, w.Value))
            .Concat(decoder.Weights.Select(w => KeyValuePair.Create(DecoderScope + w.Key, w.Value))).ToDictionary();
        return new Network(builder.Build(), weights);
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
            throw new GraftException($"'{graph.Architecture}' takes no style beside the image. Train one that does: graft style train --style FOLDER.");
        int side = model.Preprocessing.Resolution;
        Network encoder = model.Network.Between([Style], new NetworkOutput("features", norm.Inputs[1])).WithInputSize(side, side);
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        float[] pixels = new float[preprocessor.Length];
        preprocessor.Apply(style, pixels);
        using InferenceSession session = InferencePlan.Compile(encoder).CreateSession();
        session.Run(pixels);
        int channels = graph.Shapes[norm.Inputs[1]][3];
        (double[] means, double[] deviations) = MomentsLoss.Moments(session.Output(encoder.Graph.Outputs[^1].Name), channels);

        InstanceNorm fixedNorm = new() { Epsilon = ((AdaptiveInstanceNorm)norm.Operation).Epsilon };
        Node replaced = new(norm.Name, fixedNorm, [norm.Inputs[0]]);
        Dictionary<string, Tensor> weights = new()
        {
            [replaced.WeightName("weight")] = new Tensor([channels], [.. deviations.Select(value => (float)value)]),
            [replaced.WeightName("bias")] = new Tensor([channels], [.. means.Select(value => (float)value)]),
        };
        Network restyled = model.Network.WithGraph(graph.WithNodes(graph.Nodes.Replace(norm, replaced)), weights);
        return model with { Network = restyled.Between([StyleGenerator.Image], graph.Outputs[^1]) };
    }
}
