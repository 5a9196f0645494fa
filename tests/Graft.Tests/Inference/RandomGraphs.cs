using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Inference;

/// <summary>Small random graphs of every operation, biased to the chains that plans fuse.</summary>
internal sealed class RandomGraphs(int seed)
{
    private readonly Random random = new(seed);
    private readonly GraphBuilder builder = new($"random {seed}");
    private readonly List<(string Name, Shape Shape)> values = [];

    public Graph Build()
    {
        Shape input = [1, random.Next(1, 20), random.Next(1, 20), Pick(1, 3, 4, 8, 17, 24)];
        values.Add((builder.Input("x", input[1], input[2], input[3]), input));
        for (int i = random.Next(2, 12); i > 0; i--) Grow();

        // Some values are tapped; the last is always an output. The input itself and one value under two names are outputs too.
        foreach ((string name, _) in values.ToArray().Where(_ => random.Next(6) == 0)) builder.Output($"tap {name}", name);
        if (random.Next(8) == 0) builder.Output("twin", values[^1].Name);
        builder.Output("y", values[^1].Name);
        return builder.Build();
    }

    private T Pick<T>(params T[] from) => from[random.Next(from.Length)];

    private void Grow()
    {
        // Mostly the newest value, which makes chains; sometimes an older one, which makes branches.
        (string name, Shape shape) = random.Next(4) > 0 ? values[^1] : values[random.Next(values.Count)];
        if (shape.Rank == 2)
        {
            if (random.Next(3) == 0) Add(new Softmax(), name);
            else Follow(Add(new Dense(Pick(1, 5, 8, 33, 40)) { HasBias = random.Next(2) == 0 }, name), addition: true);
            return;
        }

        int channels = shape[3];
        switch (random.Next(12))
        {
            case 0 or 1:
                Follow(Add(Window(new Conv2d(Pick(1, 5, 8, 16, 24, 40), 1)), name), addition: true);
                break;
            case 2:
                Follow(Add(Window(new Conv2d(Pick(2, 7, 24), Pick(2, 3, 5))), name), addition: true);
                break;
            case 3:
                int groups = channels % 4 == 0 ? Pick(2, 4) : 1;
                Follow(Add(Window(new Conv2d(groups * Pick(1, 3), 3) with { Groups = groups, Dilation = Pick(1, 2) }), name), addition: true);
                break;
            case 4 or 5:
                Follow(Add(Window(Conv2d.Depthwise(channels, Pick(3, 3, 5))), name), addition: false);
                break;
            case 6 or 7 or 8:
                InvertedResidual(name, channels);
                break;
            case 9:
                Add(Pick<Operation>(new BatchNorm { Epsilon = 1e-3f }, new Activation(Pick([.. ActivationFunction.All])), new Dropout(0.5f)), name);
                break;
            case 10:
                Add(Pick<Operation>(new Pool2d(Pick(PoolFunction.Max, PoolFunction.Average), 2) { Stride = Pick(1, 2), Padding = Padding.Same }, new Resize(random.Next(1, 12), random.Next(1, 12), Pick(ResizeMode.Nearest, ResizeMode.Bilinear))), name);
                break;
            default:
                if (random.Next(3) == 0) Add(new GlobalAveragePool(), name);
                else Sum(name);
                break;
        }
    }

    private void InvertedResidual(string name, int channels)
    {
        string value = Follow(Add(new Conv2d(channels * Pick(1, 2, 6), 1), name), addition: false);
        value = Follow(Add(Window(Conv2d.Depthwise(values.First(v => v.Name == value).Shape[3], Pick(3, 5))), value), addition: false);
        value = Add(new Conv2d(channels, 1), value);
        if (random.Next(4) > 0) value = Add(new BatchNorm(), value);
        (string Name, Shape Shape) result = values.First(v => v.Name == value), start = values.First(v => v.Name == name);
        if (result.Shape == start.Shape) Add(new Add(), random.Next(2) == 0 ? [value, name] : [name, value]);
    }

    private Conv2d Window(Conv2d convolution) => convolution with
    {
        Stride = Pick(1, 1, 2, 3),
        HasBias = random.Next(3) == 0,
        Padding = random.Next(3) switch { 0 => Padding.Same, 1 => Padding.Symmetric(convolution.KernelSize * convolution.Dilation / 2), _ => new Padding(false, 1, convolution.KernelSize * convolution.Dilation, 2, convolution.KernelSize * convolution.Dilation) },
    };

    /// <summary>What often follows a layer.</summary>
    private string Follow(string value, bool addition)
    {
        if (random.Next(4) > 0) value = Add(new BatchNorm(), value);
        if (addition && random.Next(3) == 0) value = Sum(value);
        if (random.Next(4) > 0) value = Add(new Activation(Pick(ActivationFunction.Relu6, ActivationFunction.Relu, ActivationFunction.HardSwish)), value);
        return value;
    }

    private string Sum(string name)
    {
        Shape shape = values.First(v => v.Name == name).Shape;
        (string Name, Shape Shape)[] same = [.. values.Where(v => v.Shape == shape)];
        return Add(new Add(), random.Next(2) == 0 ? [name, same[random.Next(same.Length)].Name] : [same[random.Next(same.Length)].Name, name]);
    }

    private string Add(Operation operation, params string[] inputs)
    {
        Shape output = operation.OutputShape([.. inputs.Select(name => values.First(v => v.Name == name).Shape)]);
        string name = builder.Add($"n{values.Count}", operation, [.. inputs]);
        values.Add((name, output));
        return name;
    }
}
