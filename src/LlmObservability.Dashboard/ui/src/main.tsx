import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/performance.css';
import './styles/links.css';
import './styles/states.css';
import './styles/dialogs.css';
import './styles/compare.css';
import { render } from 'preact';
import { App } from './app/App';

const root = document.getElementById('app');
if (root !== null) {
  render(<App />, root);
}
