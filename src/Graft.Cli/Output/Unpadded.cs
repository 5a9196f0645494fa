using Spectre.Console.Rendering;

namespace Graft.Cli.Output;

/// <summary>What is drawn without the blanks at the ends of its lines: they would be copied with it.</summary>
internal sealed class Unpadded(IRenderable content) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => content.Measure(options, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        // Shown only where something follows on the line.
        List<Segment> blanks = [];
        foreach (Segment segment in content.Render(options, maxWidth))
        {
            if (segment.IsLineBreak || segment.IsControlCode)
            {
                if (segment.IsLineBreak) blanks.Clear();
                yield return segment;
                continue;
            }

            string text = segment.Text.TrimEnd(' ');
            if (text.Length > 0)
            {
                foreach (Segment blank in blanks) yield return blank;
                blanks.Clear();
                yield return new Segment(text, segment.Style);
            }

            if (text.Length < segment.Text.Length) blanks.Add(new Segment(segment.Text[text.Length..], segment.Style));
        }
    }
}
