using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Networks.Layers.Normalization;
using Graft.Numerics;
using Graft.Tensors;
using static Graft.Tests.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>Graphs that nobody designed: whatever fuses, the plan computes what the scalar references compute.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class RandomGraphTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_plan_equals_the_reference(int seed)
    {
        for (ulong i = 0; i < 40; i++)
        {
            Graph graph = Draw(new Philox((ulong)seed, i));
            Network network = TestNetworks.WithTestWeights(graph);
            NetworkInput input = graph.Inputs[0];
            const int Batch = 2;
            Tensor images = UniformTensor([Batch, input.Height, input.Width, input.Channels], (uint)(i + 1), 2);
            IReadOnlyDictionary<string, Tensor> expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { [input.Name] = images });
            foreach (int threads in (ReadOnlySpan<int>)[1, 2])
            {
                using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads, Outputs = [.. graph.Outputs.Select(o => o.Name)] }).CreateSession();
                session.Run(images.Span, Batch);
                foreach (NetworkOutput output in graph.Outputs)
                    AssertClose(expected[output.Name].Span, session.Output(output.Name), 1e-5, $"graph {seed}/{i}, {threads} threads, '{output.Name}': {string.Join("; ", graph.Nodes.Select(n => $"{n.Name} = {n.Operation.Label}({string.Join(", ", n.Inputs)})"))}");
            }
        }
    }

    /// <summary>A few image operations one after the other, each on a random earlier value, and some of the values as outputs.</summary>
    private static Graph Draw(Philox random)
    {
        ulong counter = 0;
        GraphBuilder builder = new("random");
        List<(string Name, Shape Shape)> values = [];
        int height = Next(1, 20), width = Next(1, 20), channels = Next(1, 40);
        values.Add((builder.Input("image", height, width, channels), [1, height, width, channels]));

        int count = Next(2, 12);
        for (int i = 0; i < count; i++)
        {
            // Mostly the newest value, so that chains come up that fuse.
            (string name, Shape shape) = Next(0, 3) > 0 ? values[^1] : values[Next(0, values.Count - 1)];
            Operation operation = Operation(shape);
            List<string> inputs = [name];
            if (operation is Add)
            {
                (string other, Shape same) = values[Next(0, values.Count - 1)];
                inputs.Add(same == shape ? other : name);
            }

            values.Add((builder.Add($"n{i}", operation, [.. inputs]), operation.OutputShape([shape, shape])));
        }

        builder.Output("last", values[^1].Name);
        for (int i = 0; i < values.Count - 1; i++)
        {
            if (Next(0, 4) == 0) builder.Output($"tap{i}", values[i].Name);
        }

        return builder.Build();

        int Next(int least, int most) => least + random.Index(counter++, most - least + 1);

        Operation Operation(Shape shape)
        {
            int inputs = shape[3];
            switch (Next(0, 13))
            {
                case 0 or 1:
                    return new Conv2d(Next(1, 48), 1) { HasBias = Next(0, 1) == 0 };
                case 2 or 3:
                    int stride = Next(1, 2);
                    return Conv2d.Depthwise(inputs, Next(0, 1) == 0 ? 3 : 5) with { Stride = stride, Padding = Next(0, 1) == 0 ? Padding.Same : Padding.Symmetric(2) };
                case 4:
                    return new Conv2d(Next(1, 24), 3) { Stride = Next(1, 3), Dilation = Next(1, 2), Padding = Next(0, 1) == 0 ? Padding.Same : Padding.Symmetric(2) };
                case 5:
                    int groups = inputs % 2 == 0 ? 2 : 1;
                    return new Conv2d(groups * Next(1, 6), 3) { Groups = groups, Padding = Padding.Same, HasBias = true };
                case 6 or 7:
                    return new BatchNorm { Epsilon = 1e-3f };
                case 8:
                    return new Activation((ActivationFunction)Next(0, 6));
                case 9:
                    return new Activation(ActivationFunction.Relu6);
                case 10:
                    return new Add();
                case 11:
                    return new Pool2d(Next(0, 1) == 0 ? PoolFunction.Max : PoolFunction.Average, 3) { Stride = Next(1, 2), Padding = Padding.Symmetric(1) };
                case 12:
                    return new Resize(Next(1, 12), Next(1, 12), (ResizeMode)Next(0, 1));
                default:
                    return Next(0, 1) == 0 ? new Dropout(0.3f) : new Softmax();
            }
        }
    }
}
