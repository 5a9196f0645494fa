using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Studies.Data;
using Graft.Studies.Domains;
using Graft.Studies.Output;
using Graft.Studies.Training;

namespace Graft.Studies.Studies;

/// <summary>
/// IBN-Net (Pan et al. 2018, arXiv:1807.09441): the same network with four kinds of normalization, trained on photographs and tested on images that show the same and look different.
/// </summary>
internal sealed class DomainShift : IStudy
{
    private const int Side = 40, QuickSide = 32, Depth = 18;
    private const double Width = 0.25;
    private const string Accuracy = "accuracy", Kept = "accuracy_kept";

    /// <inheritdoc/>
    public string Name => "domain-shift";

    /// <inheritdoc/>
    public string Claim => "Instance norm keeps accuracy where looks change, batch norm where they do not, and networks with both have both (Pan et al. 2018, arXiv:1807.09441).";

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Accuracy, "Trained on photographs, tested on", "", "top-1, %") { IsPercent = true, HasLines = false, XNames = Places },
        new(Kept, "What is kept of the accuracy on photographs", "", "% of it") { IsPercent = true, HasLines = false, XNames = Places },
    ];

    private static Dictionary<double, string> Places => Domain.All.Index().ToDictionary(pair => (double)pair.Index, pair => pair.Item.Name);

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        StudyData data = context.Load(context.Quick ? QuickSide : Side);
        ImmutableArray<Images> tests = [.. Domain.All.Select(domain => domain.Of(data.Test))];
        Recipe recipe = new() { Epochs = context.Quick ? 1 : 8, Rate = 0.1 };
        (NormLine Line, ulong Seed)[] pieces = [.. from line in NormLine.All from seed in Enumerable.Range(0, context.Seeds) select (line, (ulong)seed)];
        return context.RunAll(pieces, _ => recipe.Cost(data.Training.Count), piece => Measure(piece.Line, piece.Seed, data, tests, recipe, context));
    }

    /// <inheritdoc/>
    public byte[] Show(StudyContext context)
    {
        Images test = context.Load(context.Quick ? QuickSide : Side).Test;
        return ContactSheet.Of([.. Domain.All.Select(domain => domain.Of(test))]);
    }

    private static IEnumerable<Row> Measure(NormLine line, ulong seed, StudyData data, ImmutableArray<Images> tests, Recipe recipe, StudyContext context)
    {
        Network start = line.Make(Graph(data.Training.Side, data.Classes, line.Norms), seed).WithSmallHead();
        Network trained = Trainer.Train(start, data.Training, recipe, seed, context).Network;
        double[] accuracies = [.. tests.Select(test => 1 - Judge.Error(trained, test))];
        for (int domain = 0; domain < accuracies.Length; domain++)
        {
            yield return new Row(Accuracy, line.Name, domain, seed, accuracies[domain]);
            if (domain > 0) yield return new Row(Kept, line.Name, domain, seed, accuracies[domain] / accuracies[0]);
        }
    }

    /// <summary>ResNet-18 without its max pooling: on small images its last maps, over which instance norm takes its statistics, would be of one or four pixels.</summary>
    private static Graph Graph(int side, int classes, InstanceNorms norms)
    {
        Graph trunk = ResNet.Trunk(Depth, new TrunkOptions { Width = Width, Resolution = side }, norms);
        return trunk.Bypass(node => node.Name == "maxpool").WithHead(classes, dropout: 0);
    }
}
