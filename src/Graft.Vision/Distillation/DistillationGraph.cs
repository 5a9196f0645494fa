using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training.Optimizers;

namespace Graft.Vision.Distillation;

/// <summary>
/// A teacher and a student with outputs of the same names and shapes: what the student's are to become like. Where the student's own value has another number of channels, an adapter, a 1x1
/// convolution or a dense layer that is trained along and dropped in the end, comes between (Romero et al. 2015, "FitNets", arXiv:1412.6550).
/// </summary>
internal sealed class DistillationGraph
{
    private readonly ImmutableArray<string> own;
    private readonly ImmutableArray<Guide> guides;
    private readonly Dictionary<string, string> plain;

    private DistillationGraph(Graph teacher, Graph student, OrderedDictionary<string, string> outputs, ImmutableArray<string> own, ImmutableArray<Guide> guides)
    {
        (Teacher, Student, Names, this.own, this.guides) = (teacher, student, [.. outputs.Values], own, guides);
        plain = outputs.ToDictionary(pair => pair.Value, pair => pair.Key);
        Scores = outputs.GetValueOrDefault(ClassifierHead.Logits);
    }

    /// <summary>A block's end whose value the teacher gives the next block.</summary>
    /// <param name="Value">The student's value.</param>
    /// <param name="Input">The input of <see cref="Guided"/> in its place.</param>
    /// <param name="Output">The teacher's output.</param>
    public sealed record Guide(string Value, string Input, string Output);

    /// <summary>The teacher, with the outputs.</summary>
    public Graph Teacher { get; }

    /// <summary>The student, with the outputs and adapters.</summary>
    public Graph Student { get; }

    /// <summary>The names of the outputs, from the input on. No output of either network's own has such a name.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The output that class scores are matched at; null where they are not.</summary>
    public string? Scores { get; }

    /// <summary>Whether the two have the same blocks, so that the teacher's values can take the place of the student's between them.</summary>
    public bool CanGuide => guides.Length > 0;

    /// <summary>Pairs two networks.</summary>
    /// <param name="teacher">A network with an output <c>features</c>.</param>
    /// <param name="student">Another, with <c>logits</c> where they are to be learned, too.</param>
    /// <exception cref="GraftException">One of them has no features.</exception>
    public static DistillationGraph Of(Graph teacher, Graph student)
    {
        ImmutableArray<string> blocks = [.. BlockEnds(student).Where(value => teacher.Shapes.TryGetValue(value, out Shape shape) && shape == student.Shapes[value])];
        GraphBuilder taught = new(teacher), learning = new(student);
        FreshNames fresh = new([.. FreshNames.In(teacher), .. FreshNames.In(student)]);
        OrderedDictionary<string, string> names = [];
        foreach (string value in blocks) Pair(value, value, value);

        // A tap that is a block's end was paired as such.
        foreach (NetworkOutput output in student.Outputs.Where(o => !blocks.Contains(o.Value) && teacher.Outputs.Any(t => t.Name == o.Name))) Pair(output.Name, teacher.Output(output.Name).Value, output.Value);
        if (names.Count == 0 || !names.ContainsKey(ClassifierHead.Features))
            throw new GraftException($"A student learns its teacher's features, and {(teacher.Outputs.Any(o => o.Name == ClassifierHead.Features) ? $"the student '{student.Architecture}'" : $"the teacher '{teacher.Architecture}'")} has no output '{ClassifierHead.Features}'.");
        bool isAlike = BlockEnds(student).All(blocks.Contains);
        ImmutableArray<Guide> guides = isAlike ? [.. blocks.Select(value => new Guide(value, fresh.Take($"teacher {value}"), names[value]))] : [];
        return new DistillationGraph(taught.Build(), learning.Build(), names, [.. student.Outputs.Select(output => output.Name)], guides);

        void Pair(string name, string theirs, string ours)
        {
            (Shape wanted, Shape has) = (teacher.Shapes[theirs], student.Shapes[ours]);
            if (wanted.Rank != has.Rank || (wanted.Rank == 4 && (wanted[1] != has[1] || wanted[2] != has[2]))) return;
            Operation adapter = wanted.Rank == 4 ? new Conv2d(wanted[^1], 1) { HasBias = true } : new Dense(wanted[^1]);
            string value = wanted == has ? ours : learning.Add(fresh.Take($"adapter.{name}"), adapter, ours);
            string output = names[name] = fresh.Take($"match {name}");
            taught.Output(output, theirs);
            learning.Output(output, value);
        }
    }

    /// <summary>The student with the teacher's values as inputs of its blocks.</summary>
    public Graph Guided()
    {
        Dictionary<string, string> given = guides.ToDictionary(guide => guide.Value, guide => guide.Input);
        return new Graph(
            Student.Architecture,
            [.. Student.Inputs, .. guides.Select(guide => Student.AsInput(guide.Value) with { Name = guide.Input })],
            [.. Student.Nodes.Select(node => node.Taking(input => given.GetValueOrDefault(input, input)))],
            Student.Outputs);
    }

    /// <summary>The inputs of <see cref="Guided"/> besides the image, and the teacher's outputs that they take.</summary>
    public IReadOnlyList<Guide> Guides => guides;

    /// <summary>What is left of a trained student: its own outputs, without adapters.</summary>
    public Network Plain(Network trained) => trained.Truncate(own.AsSpan());

    /// <summary>What people know an output by.</summary>
    public string Plain(string name) => plain[name];

    /// <summary>The last value of every numbered block but the head's, if it is a map.</summary>
    private static IEnumerable<string> BlockEnds(Graph graph)
    {
        foreach (LayerBlock block in LayerBlock.Of(graph).Where(block => block.Name.AsSpan().IndexOfAnyInRange('0', '9') >= 0 && block.Name.Contains('.')))
        {
            Node? last = graph.Nodes.LastOrDefault(node => node.Name.StartsWith(block.Name + ".", StringComparison.Ordinal));
            if (last is not null && graph.Shapes[last.Name].Rank == 4) yield return last.Name;
        }
    }
}
